import fc from 'fast-check'
import t from 'tap'
import { backoffMs, retry } from '../../service/retry.ts'

const quick = { attempts: 3, baseMs: 1, maxMs: 2 }

t.test('pauses grow exponentially up to a limit, at least half of each for certain', async () => {
  const policy = fc.record({
    baseMs: fc.integer({ min: 1, max: 10_000 }),
    maxMs: fc.integer({ min: 1, max: 60_000 }),
  })
  fc.assert(
    fc.property(policy, fc.integer({ min: 1, max: 2_000 }), (policy, retry) => {
      const span = Math.min(policy.maxMs, policy.baseMs * 2 ** (retry - 1))
      const ms = backoffMs(retry, policy)
      return ms >= span / 2 && ms <= span
    }),
    { numRuns: 1_000 },
  )
})

t.test('pauses differ', async (t) => {
  const pauses = Array.from({ length: 20 }, () => backoffMs(5, { baseMs: 100, maxMs: 60_000 }))
  t.equal(new Set(pauses).size, 20)
})

t.test('repeats until the call succeeds', async (t) => {
  const attempts: number[] = []
  const call = async (attempt: number) => {
    attempts.push(attempt)
    if (attempt < 3) throw new Error('not yet')
    return 'done'
  }
  t.equal(await retry(call, () => true, quick), 'done')
  t.strictSame(attempts, [1, 2, 3])
})

t.test('fails with the last error when the attempts are used up', async (t) => {
  let calls = 0
  const call = async (attempt: number) => {
    calls++
    throw new Error(`attempt ${attempt}`)
  }
  await t.rejects(
    retry(call, () => true, quick),
    { message: 'attempt 3' },
  )
  t.equal(calls, 3)
})

t.test('does not repeat what is not worth it', async (t) => {
  let calls = 0
  const error = new Error('never')
  const call = async () => {
    calls++
    throw error
  }
  await t.rejects(
    retry(call, (seen) => seen !== error, quick),
    error,
  )
  t.equal(calls, 1)
})
