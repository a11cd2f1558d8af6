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
