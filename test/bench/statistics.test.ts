import t from 'tap'
import {
  median,
  midmean,
  perSecondBetween,
  quantile,
  summarize,
} from '../../bench/report/statistics.ts'

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

t.test('a rate does not depend on how the batches lie to the clock', async (t) => {
  const batches = (first: number) =>
    Array.from({ length: 120 }, (_, at) => first + Math.floor(at / 4) * 160 + (at % 4) * 2)
  for (let first = 0; first < 160; first += 10) {
    const rate = perSecondBetween(batches(first), 1_000, 4_000)
    t.ok(Math.abs(rate - 25) < 0.2, `${rate} a second from ${first} on`)
  }
  t.equal(perSecondBetween([1, 2, 3], 5, 10), 0, 'nothing happened any more')
  t.equal(perSecondBetween([1, 2, 3], 1, 10), 0, 'nothing tells when the last would have come')
  t.equal(perSecondBetween([100, 600, 1100], 0, 1000), 2)
})

t.test('a summary counts, and knows the extremes', async (t) => {
  t.same(summarize([30, 10, 20]), { count: 3, median: 20, p99: 30, max: 30 })
  t.equal(summarize([]).count, 0)
})
