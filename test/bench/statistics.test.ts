import t from 'tap'
import { median, midmean, quantile, summarize } from '../../bench/report/statistics.ts'

t.test('quantiles are values that occur, by the nearest rank', async (t) => {
  const sorted = Array.from({ length: 200 }, (_, at) => at + 1)
  t.equal(quantile(sorted, 0.5), 100)
  t.equal(quantile(sorted, 0.99), 198)
  t.equal(quantile(sorted, 1), 200)
  t.equal(quantile([7], 0.01), 7)
  t.ok(Number.isNaN(quantile([], 0.5)))
})

t.test('the median does not depend on the order, and leaves the values as they are', async (t) => {
  const values = [9, 1, 5]
  t.equal(median(values), 5)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.ok(Number.isNaN(median([])))
  t.same(values, [9, 1, 5])
})

t.test('the mean of the middle half leaves out both sides alike', async (t) => {
  const values = [900, 4, 1, 3]
  t.equal(midmean(values), 3.5)
  t.same(values, [900, 4, 1, 3])
  t.equal(midmean([7]), 7)
  t.equal(midmean([7, 9]), 8)
  t.equal(midmean([900, 7, 9]), 9)
  t.equal(midmean([0, 1, 2, 3, 40, 60, 70, 80]), (2 + 3 + 40 + 60) / 4)
  t.ok(Number.isNaN(midmean([])))
})

t.test('a summary counts, and knows the extremes', async (t) => {
  t.same(summarize([30, 10, 20]), { count: 3, median: 20, p99: 30, max: 30 })
  t.equal(summarize([]).count, 0)
})
