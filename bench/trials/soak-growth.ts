/** The highest of `values`, of which there may be more than a call takes arguments. */
export function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
}

/**
 * How the memory of a soak grows: the highest of the last third over the highest of the middle one.
 * @param thirds bytes, as sampled in each third of the soak
 * @returns undefined where one of the two has no sample: it was over too soon to tell
 */
export function growth(thirds: readonly (readonly number[])[]): number | undefined {
  const [, middle = [], last = []] = thirds
  if (middle.length === 0 || last.length === 0) return undefined
  return highest(last) / highest(middle)
}
