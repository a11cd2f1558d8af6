/** Figures of a set of durations, in their unit; NaN where there were none. */
export interface Summary {
  count: number
  median: number
  p99: number
  max: number
}

/**
 * The `share` quantile of ascending `sorted` values by the nearest rank; NaN for none.
 * @param share from 0 to 1
 */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil(share * sorted.length)
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN
}

/** The median of `values`, in any order; the mean of the middle two where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/**
 * The mean of the middle half of `values`, in any order, of three the median: a single disturbance
 * does not count, and of a machine that is now faster and now slower it tells the mean, where the
 * median would tell one of the two (the interquartile mean).
 */
export function midmean(values: readonly number[]): number {
  const outside = Math.floor((values.length + 1) / 4)
  const middle = values.toSorted((a, b) => a - b).slice(outside, values.length - outside)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/**
 * How many a second there were of what happened at `times` (milliseconds, ascending) while nothing
 * changed between `from` and `to`: from the first behind the one to the first behind the other.
 * Answers come in batches, four each sixth of a second, and how many of those fall between two fixed
 * moments is wrong by one: a twentieth, over three seconds. What happened shortly behind `to` must
 * therefore be among `times`; 0 where nothing did.
 */
export function perSecondBetween(times: readonly number[], from: number, to: number): number {
  const first = times.findIndex((time) => time >= from)
  const last = times.findIndex((time) => time >= to)
  if (first === -1 || last <= first) return 0
  const milliseconds = (times[last] as number) - (times[first] as number)
  return ((last - first) / milliseconds) * 1000
}

/** The figures of `values`, in any order. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  }
}
