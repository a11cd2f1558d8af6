import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createRejectionPace } from '../../service/rejection-pace.ts'

const policy = { eachServed: 3, aSecond: 2, delayMs: 60 }

/** How many of `count` rejections pass at once; resolves when all have passed. */
async function passing(pace: ReturnType<typeof createRejectionPace>, count: number) {
  let passed = 0
  const all = Array.from({ length: count }, () => pace.turn().then(() => passed++))
  await turn()
  const atOnce = passed
  await Promise.all(all)
  return { atOnce, passed }
}

t.test('lets the first ones through at once and holds the others back', async (t) => {
  const pace = createRejectionPace(policy, () => 0)
  t.strictSame(await passing(pace, 14), { atOnce: 10, passed: 14 })
})

t.test('lets some through for each image that is answered', async (t) => {
  const pace = createRejectionPace(policy, () => 0)
  await passing(pace, 10)
  pace.served()
  t.strictSame(await passing(pace, 5), { atOnce: 3, passed: 5 })
})

t.test('lets more through as time goes by, but saves up no more than at first', async (t) => {
  let now = 0
  const pace = createRejectionPace(policy, () => now)
  await passing(pace, 10)
  now += 1_500
  t.strictSame(await passing(pace, 4), { atOnce: 3, passed: 4 })
  now += 3_600_000
  t.strictSame(await passing(pace, 11), { atOnce: 10, passed: 11 })
})
