import t from 'tap'
import { patientCdn } from '../../../infra/sync/patient-cdn.ts'
import { CdnError } from '../../../service/cdn.ts'

const policy = { attempts: 3, baseMs: 1, maxMs: 2 }

function failingCdn(failures: number, retryable: boolean) {
  const references: string[] = []
  return {
    references,
    createInvalidation: async (_items: readonly string[], reference: string) => {
      references.push(reference)
      if (references.length <= failures) throw new CdnError('no', { retryable })
    },
  }
}

t.test('asks again under the same reference while it is throttled', async (t) => {
  const cdn = failingCdn(2, true)
  await patientCdn(cdn, policy).createInvalidation(['/a'], 'r')
  t.strictSame(cdn.references, ['r', 'r', 'r'])
})

t.test('gives up in the end, and at once what is refused for good', async (t) => {
  const throttling = failingCdn(9, true)
  await t.rejects(patientCdn(throttling, policy).createInvalidation(['/a'], 'r'), CdnError)
  t.equal(throttling.references.length, 3)

  const refusing = failingCdn(9, false)
  await t.rejects(patientCdn(refusing, policy).createInvalidation(['/a'], 'r'), CdnError)
  t.equal(refusing.references.length, 1)
})
