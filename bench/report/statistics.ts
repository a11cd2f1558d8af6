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
