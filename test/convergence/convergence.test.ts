import t from 'tap'
import { countOf } from '../count-of.ts'
import { startSearcher } from './searcher.ts'

/** `INTERLEAVINGS=1000000` looks further, and with another `SEED` elsewhere. */
const interleavings = countOf('INTERLEAVINGS', 10_000)
const seed = countOf('SEED', 1)
const threads = 2

t.setTimeout(Math.max(300_000, interleavings * 20))

t.test('comes to rest with nothing stale, whatever interleaves', async (t) => {
  const searchers = Array.from({ length: threads }, startSearcher)
  t.teardown(() => Promise.all(searchers.map((searcher) => searcher.stop())))
  const share = Math.ceil(interleavings / threads)
  const findings = await Promise.all(
    searchers.map(({ search }, index) => search({ interleavings: share, seed: seed + index })),
  )
  for (const { interleavings, steps, counterexample } of findings) {
    t.comment(`${interleavings} interleavings of ${steps} steps`)
    t.equal(counterexample?.join('\n'), undefined)
    t.equal(interleavings, share)
  }
})
