import type { Bench } from '../bench.ts'
import type { RawResult, RawTask } from '../processes/raw-sharp.ts'
import type { Worker } from '../processes/worker.ts'
import { median } from '../report/statistics.ts'

/** How many at once raw sharp is tried with, for each processor. */
const perProcessor = [1, 1.5, 2, 3, 4]

/** Trials of each, in turn with those of the others. */
const trials = 5

/** How many at once raw sharp is fastest with, and how many images a second those were. */
export interface BestInFlight {
  inFlight: number
  perSecond: number
}

/**
 * Short trials tell how many at once raw sharp is fastest with; the median of each counts, because
 * the best of a few would be a lucky one.
 */
export async function bestInFlight(
  bench: Bench,
  raw: Worker,
  task: Omit<RawTask, 'inFlight'>,
  processors: number,
): Promise<BestInFlight> {
  bench.progress('raw sharp: how many at once are best')
  const tried = perProcessor.map((factor) => ({
    inFlight: Math.ceil(factor * processors),
    rates: [] as number[],
  }))
  for (let trial = 0; trial < trials; trial++) {
    for (const { inFlight, rates } of tried) {
      rates.push((await raw.ask<RawResult>({ ...task, inFlight, seconds: 1.5 })).perSecond)
    }
  }
  const measured = tried.map(({ inFlight, rates }) => ({ inFlight, perSecond: median(rates) }))
  return measured.reduce((best, one) => (one.perSecond > best.perSecond ? one : best))
}
