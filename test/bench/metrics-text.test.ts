import t from 'tap'
import { readMetrics } from '../../bench/processes/metrics-text.ts'

const text = [
  '# TYPE made counter',
  'made{source="a"} 3',
  'made{source="ab"} 5',
  'made_total 7',
  'made 1.5',
].join('\n')

t.test('a sample is found by its whole name', async (t) => {
  t.equal(readMetrics(text, 'made{source="a"}'), 3)
  t.equal(readMetrics(text, 'made'), 1.5)
  t.equal(readMetrics(text, 'made_total'), 7)
  t.equal(readMetrics(text, 'other'), 0)
})
