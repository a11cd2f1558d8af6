import t from 'tap'
import { hostileFaults } from '../../bench/trials/hostile-verdict.ts'

const documented = {
  statuses: [413, 422],
  hostile: { status: 422, ms: 100 },
  beside: { status: 200, ms: 100 },
  grown: 1024,
}

t.test('nothing is wrong with what is documented', async (t) => {
  t.strictSame(hostileFaults(documented), [])
  t.strictSame(hostileFaults({ ...documented, grown: undefined }), [])
})

t.test('each fault is told', async (t) => {
  const hostile = { status: 200, ms: 6_000 }
  const beside = { status: 503, ms: 6_000 }
  t.strictSame(hostileFaults({ ...documented, hostile, beside, grown: 2 ** 29 }), [
    'not 413 or 422',
    'too slow',
    '503 beside it',
    'slow beside it',
    'too much memory',
  ])
})

t.test('a picture that ends the service is told, too', async (t) => {
  const silence = { status: undefined, ms: 10 }
  t.strictSame(hostileFaults({ ...documented, hostile: silence, beside: silence }), [
    'no answer',
    'no answer beside it',
  ])
})
