import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createRejectionPace } from '../../service/rejection-pace.ts'

t.test('lets the first ones through at once and holds the others back', async (t) => {
  const pace = createRejectionPace(2, 60)
  const passed: number[] = []
  const all = [1, 2, 3, 4].map((one) => pace().then(() => passed.push(one)))
  await turn()
  t.strictSame(passed, [1, 2])
  await Promise.all(all)
  t.strictSame(passed, [1, 2, 3, 4])
})

t.test('has nothing to give away where nothing is free', async (t) => {
  const pace = createRejectionPace(0, 20)
  let passed = false
  const held = pace().then(() => {
    passed = true
  })
  await turn()
  t.notOk(passed)
  await held
  t.ok(passed)
})

t.test('lets more through as time goes by', async (t) => {
  const pace = createRejectionPace(1_000, 60_000)
  await Promise.all(Array.from({ length: 1_000 }, pace))
  await new Promise((resolve) => setTimeout(resolve, 20))
  await pace()
  t.pass('the minute was not waited for')
})
