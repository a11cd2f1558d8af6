import t from 'tap'
import { countOf } from './count-of.ts'

t.test('a test tries as often as it is told', async (t) => {
  t.equal(countOf('RUNS', 20, {}), 20)
  t.equal(countOf('RUNS', 20, { RUNS: '' }), 20)
  t.equal(countOf('RUNS', 20, { RUNS: ' 1000000 ' }), 1_000_000)
})

t.test('and never not at all', async (t) => {
  for (const RUNS of ['0', '-1', '1.5', 'many', '1e3']) {
    t.throws(() => countOf('RUNS', 20, { RUNS }), /RUNS must be a whole number above 0/)
  }
})
