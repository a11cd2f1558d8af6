import type { Bench } from '../bench.ts'
import type { RawResult, RawTask } from '../processes/raw-sharp.ts'
import type { Worker } from '../processes/worker.ts'

/** How many at once raw sharp is tried with, for each processor. */
const perProcessor = [1, 1.5, 2, 3, 4]

/** Short trials, of which the best counts, tell how many at once raw sharp is fastest with. */
export async function bestInFlight(
  bench: Bench,
  raw: Worker,
  task: Omit<RawTask, 'inFlight'>,
  processors: number,
): Promise<{ inFlight: number; perSecond: number }> {
  bench.progress('raw sharp: how many at once are best')
  const best = { inFlight: 0, perSecond: 0 }
  for (const _ of [1, 2, 3]) {
    for (const factor of perProcessor) {
      const inFlight = Math.ceil(factor * processors)
      const { perSecond } = await raw.ask<RawResult>({ ...task, inFlight, seconds: 1.5 })
      if (perSecond > best.perSecond) Object.assign(best, { inFlight, perSecond })
    }
  }
  return best
}
