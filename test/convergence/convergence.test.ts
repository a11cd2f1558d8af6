import t from 'tap'
import { runSearches } from './run-search.ts'

/** `INTERLEAVINGS=1000000` looks further, and with another `SEED` elsewhere. */
const { INTERLEAVINGS = '10000', SEED = '1' } = process.env

t.setTimeout(Math.max(120_000, Number(INTERLEAVINGS) * 20))

t.test('comes to rest with nothing stale, whatever interleaves', async (t) => {
  const search = { interleavings: Number(INTERLEAVINGS), seed: Number(SEED) }
  const found = await runSearches(search, 2)
  t.comment(`${found.interleavings} interleavings, ${found.steps} steps, from seed ${SEED}`)
  t.ok(found.interleavings >= search.interleavings || found.counterexample)
  t.equal(found.counterexample?.join('\n'), undefined)
})
