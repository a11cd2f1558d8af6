import fc from 'fast-check'
import t from 'tap'
import { type Cdn, CdnError } from '../../service/cdn.ts'
import {
  createInvalidations,
  type InvalidationFailure,
  type InvalidationPolicy,
  invalidationPolicy,
} from '../../service/invalidations.ts'
import { settleTurns } from '../helper.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Batches that go out only when they are full or asked for. */
const patient: InvalidationPolicy = {
  maxBatch: 100,
  maxWaitMs: 600_000,
  paceMs: 0,
  maxQueue: 1_000,
  retry: { baseMs: 1, maxMs: 2 },
}

interface Call {
  items: readonly string[]
  reference: string
}

/** A cache that notes every call and answers it as `judge` says. */
function cache(judge: (call: Call, count: number) => Promise<void> | void = () => {}) {
  const calls: Call[] = []
  const cdn: Cdn = {
    createInvalidation: async (items, reference) => {
      const call = { items: [...items], reference }
      calls.push(call)
      await judge(call, calls.length)
    },
  }
  return { cdn, calls }
}

const throttled = () => new CdnError('CloudFront: Throttling', { retryable: true })
const refused = () =>
  new CdnError('CloudFront: InvalidArgument', { retryable: false, itemAtFault: true })
const unexpected = () => {}
const names = (count: number, start = 0) =>
  Array.from({ length: count }, (_, index) => `/img/${start + index}.png`)

t.test('the policy of the service is what CloudFront bears', async (t) => {
  const { maxBatch, maxWaitMs, paceMs, maxQueue } = invalidationPolicy
  t.strictSame({ maxBatch, maxWaitMs }, { maxBatch: 100, maxWaitMs: 2_000 })
  t.ok(paceMs >= 1_000)
  t.ok(maxQueue >= 3_000)
})

t.test('an item that waits already is not queued again', async (t) => {
  const { cdn, calls } = cache()
  const invalidations = createInvalidations(cdn, unexpected, patient)
  const outcomes = ['/a', '/b', '/a', '/a'].map((item) => invalidations.add(item))
  t.equal(invalidations.pending, 2)
  await invalidations.flush()
  t.strictSame(
    calls.map(({ items }) => items),
    [['/a', '/b']],
  )
  t.strictSame(await Promise.all(outcomes), ['sent', 'sent', 'sent', 'sent'])
  t.equal(invalidations.pending, 0)
})

t.test('an item that comes while it is being sent is sent once more', async (t) => {
  let second: Promise<string> | undefined
  const { cdn, calls } = cache((_, count) => {
    if (count > 1) return
    second = invalidations.add('/a')
    t.equal(invalidations.pending, 2)
  })
  const invalidations = createInvalidations(cdn, unexpected, { ...patient, maxBatch: 1 })
  t.equal(await invalidations.add('/a'), 'sent')
  t.equal(await second, 'sent')
  t.strictSame(
    calls.map(({ items }) => items),
    [['/a'], ['/a']],
  )
})

t.test('a full batch goes out without waiting, in order of arrival', async (t) => {
  const { cdn, calls } = cache()
  const invalidations = createInvalidations(cdn, unexpected, patient)
  const items = names(250)
  const outcomes = items.map((item) => invalidations.add(item))
  await Promise.all(outcomes.slice(0, 200))
  t.equal(invalidations.pending, 50, 'the rest waits')
  await invalidations.flush()
  t.strictSame(
    calls.map(({ items }) => items.length),
    [100, 100, 50],
  )
  t.strictSame(
    calls.flatMap(({ items }) => items),
    items,
  )
  t.equal(new Set(calls.map(({ reference }) => reference)).size, 3)
})

t.test('what does not fill a batch goes out when it has waited long enough', async (t) => {
  const { cdn, calls } = cache()
  const invalidations = createInvalidations(cdn, unexpected, { ...patient, maxWaitMs: 20 })
  const outcomes = names(3).map((item) => invalidations.add(item))
  await turn()
  t.equal(calls.length, 0)
  await Promise.all(outcomes)
  t.strictSame(
    calls.map(({ items }) => items),
    [names(3)],
  )
})

t.test('a batch that is throttled is repeated under the same reference', async (t) => {
  let underWay = 0
  const { cdn, calls } = cache(async (_, count) => {
    t.equal(++underWay, 1, 'one call at a time')
    await turn()
    underWay--
    if (count < 5) throw throttled()
  })
  const told: [string, readonly string[], unknown][] = []
  const invalidations = createInvalidations(
    cdn,
    (failure, items, error) => told.push([failure, items, error]),
    { ...patient, maxBatch: 2 },
  )
  const outcomes = names(4).map((item) => invalidations.add(item))
  t.strictSame(await Promise.all(outcomes), ['sent', 'sent', 'sent', 'sent'])
  t.match(
    told,
    Array.from({ length: 4 }, () => ['delayed', names(2), { message: /Throttling/ }]),
    'each repetition is told: the cache may never be reached',
  )
  t.strictSame(
    calls.map(({ items }) => items),
    [...Array.from({ length: 5 }, () => names(2)), names(2, 2)],
  )
  const references = calls.map(({ reference }) => reference)
  t.equal(new Set(references.slice(0, 5)).size, 1)
  t.not(references[5], references[0])
})

t.test('a batch that is refused is halved until the item at fault stands alone', async (t) => {
  const { cdn, calls } = cache(({ items }) => {
    if (items.includes('/img/5.png')) throw refused()
  })
  const failures: [string, readonly string[], unknown][] = []
  const invalidations = createInvalidations(
    cdn,
    (outcome, items, error) => failures.push([outcome, items, error]),
    { ...patient, maxBatch: 8 },
  )
  const outcomes = await Promise.all(names(8).map((item) => invalidations.add(item)))
  t.strictSame(
    outcomes,
    names(8).map((item) => (item === '/img/5.png' ? 'failed' : 'sent')),
  )
  t.equal(failures.length, 1)
  t.strictSame(failures[0]?.slice(0, 2), ['failed', ['/img/5.png']])
  t.match(failures[0]?.[2], { message: 'CloudFront: InvalidArgument' })
  t.strictSame(
    calls.map(({ items }) => items.length),
    [8, 4, 4, 2, 1, 1, 2],
  )
  t.equal(new Set(calls.map(({ reference }) => reference)).size, calls.length)
})

t.test('a batch that is refused for another reason than its items is not halved', async (t) => {
  const { cdn, calls } = cache(() => {
    throw new CdnError('CloudFront: AccessDenied', { retryable: false })
  })
  const failures: [string, readonly string[]][] = []
  const invalidations = createInvalidations(
    cdn,
    (outcome, items) => failures.push([outcome, items]),
    { ...patient, maxBatch: 8 },
  )
  const outcomes = await Promise.all(names(8).map((item) => invalidations.add(item)))
  t.ok(outcomes.every((outcome) => outcome === 'failed'))
  t.strictSame(failures, [['failed', names(8)]])
  t.equal(calls.length, 1)
})

t.test('no two calls follow each other faster than the pace', async (t) => {
  const paceMs = 25
  const times: number[] = []
  const { cdn } = cache(({ items }, count) => {
    times.push(performance.now())
    if (count === 1) throw throttled()
    if (items.includes('/img/2.png')) throw refused()
  })
  const invalidations = createInvalidations(cdn, unexpected, { ...patient, maxBatch: 4, paceMs })
  await Promise.all(
    names(5)
      .map((item) => invalidations.add(item))
      .slice(0, 4),
  )
  await invalidations.flush()
  t.equal(times.length, 7)
  // A busy machine notes single calls late; half of what seven calls must take is told from none.
  const took = (times.at(-1) as number) - (times[0] as number)
  t.ok(took >= (6 * paceMs) / 2, `${took} ms`)
})

t.test('what is no error of the cache counts as refused', async (t) => {
  const { cdn, calls } = cache(() => {
    throw new TypeError('unforeseen')
  })
  const failures: unknown[] = []
  const invalidations = createInvalidations(
    cdn,
    (_outcome, _items, error) => failures.push(error),
    patient,
  )
  const outcome = invalidations.add('/a')
  await invalidations.flush()
  t.equal(await outcome, 'failed')
  t.equal(calls.length, 1)
  t.match(failures, [{ message: 'unforeseen' }])
})

t.test('what finds no room is dropped at once, and said', async (t) => {
  const { cdn, calls } = cache()
  const dropped: string[] = []
  const invalidations = createInvalidations(
    cdn,
    (outcome, items) => outcome === 'dropped' && dropped.push(...items),
    { ...patient, maxQueue: 3 },
  )
  const outcomes = names(5).map((item) => invalidations.add(item))
  t.strictSame(dropped, names(2, 3))
  const again = invalidations.add('/img/0.png')
  t.equal(dropped.length, 2, 'one that waits needs no more room')
  t.equal(invalidations.pending, 3)
  await invalidations.flush()
  t.strictSame(await Promise.all(outcomes), ['sent', 'sent', 'sent', 'dropped', 'dropped'])
  t.equal(await again, 'sent')
  t.strictSame(
    calls.map(({ items }) => items),
    [names(3)],
  )
})

t.test(
  'flushing sends everything, what comes meanwhile and later too, without waiting for more',
  async (t) => {
    const late: Promise<unknown>[] = []
    const { cdn, calls } = cache((_, count) => {
      if (count === 1) late.push(invalidations.add('/late'))
    })
    const invalidations = createInvalidations(cdn, unexpected, patient)
    await invalidations.flush()
    t.equal(calls.length, 0, 'nothing to send')
    const outcome = invalidations.add('/early')
    await invalidations.flush()
    t.strictSame(
      calls.map(({ items }) => items),
      [['/early'], ['/late']],
    )
    t.strictSame([await outcome, await late[0]], ['sent', 'sent'])
    t.equal(await invalidations.add('/next'), 'sent', 'though its patience is long')
    await Promise.all([invalidations.flush(), invalidations.flush()])
  },
)

t.test(
  '1,000 paths in ten seconds, one call a second: each path once, in at most 30 calls',
  async (t) => {
    const second = 20
    const inProgress: string[] = []
    let allowed = Number.NEGATIVE_INFINITY
    const { cdn, calls } = cache(({ items }) => {
      if (performance.now() - allowed < second) throw throttled()
      if (inProgress.length + items.length > 3_000) throw throttled()
      allowed = performance.now()
      inProgress.push(...items)
    })
    const { maxBatch, maxQueue } = invalidationPolicy
    const scaled = (ms: number) => (ms * second) / 1_000
    const onFailure = (failure: string) => t.equal(failure, 'delayed', 'nothing is lost')
    const invalidations = createInvalidations(cdn, onFailure, {
      maxBatch,
      maxQueue,
      maxWaitMs: scaled(invalidationPolicy.maxWaitMs),
      paceMs: scaled(invalidationPolicy.paceMs),
      retry: {
        baseMs: scaled(invalidationPolicy.retry.baseMs),
        maxMs: scaled(invalidationPolicy.retry.maxMs),
      },
    })
    const outcomes: Promise<string>[] = []
    const start = performance.now()
    for (let i = 0; i < 100; i++) {
      outcomes.push(...names(10, i * 10).map((item) => invalidations.add(item)))
      // By the clock: on a busy machine, which wakes late, pauses would add up to far more.
      const left = start + ((i + 1) * 10 * second) / 100 - performance.now()
      if (left > 0) await sleep(left)
    }
    t.ok((await Promise.all(outcomes)).every((outcome) => outcome === 'sent'))
    t.strictSame([...inProgress].sort(), names(1_000).sort())
    t.ok(calls.length <= 30, `${calls.length} calls`)
  },
)

t.test('whatever fails, every item comes to an end, and no call repeats another’s', async () => {
  const fault = fc.constantFrom('none', 'none', 'throttled', 'lost', 'refused')
  const scenario = fc.record({
    adds: fc.array(fc.record({ item: fc.nat(20), turns: fc.nat(2) }), { maxLength: 40 }),
    faults: fc.array(fault, { maxLength: 30 }),
    bad: fc.nat(25),
    maxBatch: fc.integer({ min: 1, max: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ adds, faults, bad, maxBatch }) => {
      const done: { at: number; item: string }[] = []
      const { cdn, calls } = cache(async ({ items }, count) => {
        await turn()
        if (faults[count] === 'throttled') throw throttled()
        if (items.includes(`/${bad}`)) throw refused()
        for (const item of items) done.push({ item, at: count })
        if (faults[count] === 'lost') throw throttled()
      })
      const failed: string[] = []
      const onFailure = (failure: InvalidationFailure, items: readonly string[]) => {
        if (failure === 'failed') failed.push(...items)
      }
      const invalidations = createInvalidations(cdn, onFailure, {
        ...patient,
        maxBatch,
        retry: { baseMs: 0, maxMs: 0 },
      })
      const outcomes: { item: string; after: number; outcome: Promise<string> }[] = []
      for (const { item, turns } of adds) {
        const name = `/${item}`
        outcomes.push({ item: name, after: calls.length, outcome: invalidations.add(name) })
        for (let i = 0; i < turns; i++) await turn()
      }
      await invalidations.flush()
      const contents = new Map<string, string>()
      for (const { items, reference } of calls) {
        const text = items.join()
        if (items.length > maxBatch || new Set(items).size < items.length) return false
        if ((contents.get(reference) ?? text) !== text) return false
        contents.set(reference, text)
      }
      for (const { item, after, outcome } of outcomes) {
        const expected = item === `/${bad}` ? 'failed' : 'sent'
        if ((await outcome) !== expected) return false
        if (expected === 'sent' && !done.some((one) => one.item === item && one.at > after)) {
          return false
        }
      }
      return invalidations.pending === 0 && failed.every((item) => item === `/${bad}`)
    }),
    { numRuns: 150 },
  )
})

t.test('what comes while the pace is waited for goes with the next call', async (t) => {
  const { cdn, calls } = cache()
  const invalidations = createInvalidations(cdn, unexpected, {
    ...patient,
    maxWaitMs: 0,
    paceMs: 100,
  })
  await invalidations.add('/a')
  const rest = [invalidations.add('/b')]
  await settleTurns()
  rest.push(invalidations.add('/c'))
  await Promise.all(rest)
  t.equal(calls.length, 2)
})
