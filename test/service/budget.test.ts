import fc from 'fast-check'
import t from 'tap'
import { createBudget, type Release } from '../../service/budget.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Asks for each cost in turn, and notes who was granted in which order. */
function queue(budget: ReturnType<typeof createBudget>, costs: readonly number[]) {
  const granted: number[] = []
  const releases = new Map<number, Release>()
  const taken = costs.map((cost, index) =>
    budget.take(cost).then((release) => {
      granted.push(index)
      releases.set(index, release)
    }),
  )
  return { granted, releases, taken }
}

t.test('grants what fits at once', async (t) => {
  const budget = createBudget(10)
  const release = await budget.take(4)
  await budget.take(6)
  t.strictSame([budget.used, budget.full, budget.waiting], [10, true, 0])
  release()
  t.strictSame([budget.used, budget.full], [6, false])
})

t.test('a release counts once', async (t) => {
  const budget = createBudget(10)
  const release = await budget.take(4)
  await budget.take(2)
  release()
  release()
  t.equal(budget.used, 2)
})

t.test('those who cost the same are granted in order of arrival', async (t) => {
  const budget = createBudget(1)
  const { granted, releases, taken } = queue(budget, [1, 1, 1, 1])
  for (let i = 0; i < 4; i++) {
    await taken[i]
    t.strictSame(granted, [0, 1, 2, 3].slice(0, i + 1))
    releases.get(i)?.()
  }
  t.equal(budget.used, 0)
})

t.test('what costs more than there is waits for all there is', async (t) => {
  const budget = createBudget(10)
  const release = await budget.take(1)
  const { granted, releases } = queue(budget, [1_000, 1])
  await turn()
  t.strictSame(granted, [1])
  release()
  releases.get(1)?.()
  await turn()
  t.strictSame(granted, [1, 0])
  t.equal(budget.used, 10)
})

t.test('the small pass one who does not fit, but not for ever', async (t) => {
  const budget = createBudget(10)
  const first = await budget.take(5)
  const { granted, releases } = queue(budget, [10, ...Array.from({ length: 200 }, () => 1)])
  await turn()
  for (let i = 1; i < 200 && granted.includes(i); i++) {
    releases.get(i)?.()
    await turn()
  }
  t.equal(granted.length, 64, 'then nobody passes any more')
  t.notOk(granted.includes(0))
  first()
  await turn()
  t.equal(granted[64], 0, 'and it is its turn')
})

t.test('one release lets no more pass than there is patience for', async (t) => {
  const budget = createBudget(200)
  const first = await budget.take(100)
  await budget.take(100)
  const { granted } = queue(budget, [150, ...Array.from({ length: 100 }, () => 1)])
  first()
  await turn()
  t.equal(granted.length, 64)
  t.equal(budget.waiting, 37)
})

t.test('a wait can be ended, by its signal alone', async (t) => {
  const budget = createBudget(1)
  const release = await budget.take(1)
  const controller = new AbortController()
  const ended = budget.take(1, controller.signal)
  const other = budget.take(1, new AbortController().signal)
  t.equal(budget.waiting, 2)
  const reason = new Error('gone')
  controller.abort(reason)
  await t.rejects(ended, reason)
  t.equal(budget.waiting, 1)
  release()
  ;(await other)()
  t.strictSame([budget.used, budget.waiting], [0, 0])
})

t.test('nothing is taken with a signal that has ended', async (t) => {
  const budget = createBudget(1)
  await t.rejects(budget.take(1, AbortSignal.abort(new Error('gone'))), { message: 'gone' })
  t.strictSame([budget.used, budget.waiting], [0, 0])
})

t.test('what was granted is kept when the signal ends afterwards', async (t) => {
  const budget = createBudget(1)
  const controller = new AbortController()
  const release = await budget.take(1, controller.signal)
  controller.abort()
  t.equal(budget.used, 1)
  release()
  t.equal(budget.used, 0)
})

t.test('who waits behind one that gives up is granted', async (t) => {
  const budget = createBudget(128)
  await budget.take(64)
  const controller = new AbortController()
  const large = budget.take(128, controller.signal)
  const small = Array.from({ length: 64 }, () => budget.take(1))
  for (const release of await Promise.all(small)) release()
  const behind = budget.take(1)
  await turn()
  t.equal(budget.waiting, 2, 'patience is used up')
  controller.abort(new Error('gone'))
  await t.rejects(large, { message: 'gone' })
  await behind
  t.equal(budget.used, 65)
})

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ take: fc.double({ min: 0, max: 30, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.record({ release: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
)

t.test('never grants more than there is, and grants everything in the end', async () => {
  const scenario = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 40 }))
  await fc.assert(
    fc.asyncProperty(scenario, async ([capacity, steps]) => {
      const budget = createBudget(capacity)
      const held: Release[] = []
      const pending = new Set<AbortController>()
      let open = 0
      const take = (cost: number) => {
        const controller = new AbortController()
        pending.add(controller)
        open++
        budget.take(cost, controller.signal).then(
          (release) => {
            pending.delete(controller)
            held.push(release)
            open--
          },
          () => open--,
        )
      }
      for (const step of steps) {
        if ('take' in step) take(step.take)
        else if ('release' in step) held.splice(step.release % (held.length || 1), 1)[0]?.()
        else {
          const controller = [...pending][step.abort % (pending.size || 1)]
          controller?.abort()
          if (controller) pending.delete(controller)
        }
        await Promise.resolve()
        if (budget.used > capacity || budget.used < 0) return false
      }
      for (let i = 0; open > 0 && i < 1_000; i++) {
        await turn()
        for (const release of held.splice(0)) release()
      }
      await turn()
      for (const release of held.splice(0)) release()
      return open === 0 && budget.used === 0 && budget.waiting === 0
    }),
    { numRuns: 300 },
  )
})

t.test('fractions leave nothing behind that one who takes all would wait for', async (t) => {
  const budget = createBudget(1_000)
  const releases: Release[] = []
  let random = 1
  for (let i = 0; i < 20_000; i++) {
    random = (random * 48_271) % 2_147_483_647
    releases.push(await budget.take((random % 9_973) / 997))
    if (releases.length > 50) releases.splice(random % 50, 1)[0]?.()
  }
  for (const release of releases) release()
  t.equal(budget.used, 0)
  await budget.take(1_000)
  t.ok(budget.full)
})
