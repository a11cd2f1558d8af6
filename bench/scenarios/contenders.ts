import type { Bench } from '../bench.ts'
import { type Contender, rawContender, serverContender, type Target } from '../compare.ts'
import type { RawTask } from '../processes/raw-sharp.ts'
import { type Arena, serviceProcessors, startRawSharp } from './arena.ts'
import { type BestInFlight, bestInFlight } from './best-in-flight.ts'
import { warmUp } from './warm-up.ts'
import type { Workload } from './workloads.ts'

/** Who is compared for one workload. */
export interface Contenders {
  /** Raw sharp with as many at once as are best for it. */
  best: Contender
  /** How many those are. */
  bestInFlight: BestInFlight
  /** Raw sharp with `inFlight` at once, each of which copies its original first if so wished. */
  raw(inFlight: number, options?: Pick<RawTask, 'copying'>): Contender
  /** Each of the targets at each number of connections. */
  servers: readonly Contender[]
}

/**
 * Prepares raw sharp and `targets` at `connections`, and warms the targets up.
 * @param known how many at once are best for raw sharp; found out unless given
 */
export async function prepareContenders(
  bench: Bench,
  workload: Workload,
  arena: Arena,
  {
    targets,
    connections,
    known,
  }: {
    targets: readonly Target[]
    connections: readonly number[]
    known?: BestInFlight | undefined
  },
): Promise<Contenders> {
  const { width, height } = workload
  const { seconds } = bench.options
  const processors = serviceProcessors(bench)
  const worker = arena.keep(await startRawSharp(bench, processors * 8))
  const task = { file: arena.picture, width, height, seconds }
  const found = known ?? (await bestInFlight(bench, worker, task, processors))
  const { load, numbers } = arena
  const inTime = Math.ceil(found.perSecond * (seconds + 3) * 1.5)
  const servers = targets.map((target) =>
    connections.map((count) => {
      // As many again are under way at the end of the ramp, and at the end.
      const most = inTime + 3 * count + 8
      return serverContender(load, target, { connections: count, seconds, numbers, most })
    }),
  )
  await warmUp(bench, arena, workload, targets)
  // Nor do the first of the large ones count, for which memory has to be found.
  for (const [first] of servers) await first?.measure()
  const raw: Contenders['raw'] = (count, options) =>
    rawContender(worker, { ...task, ...options }, count)
  return { best: raw(found.inFlight), bestInFlight: found, raw, servers: servers.flat() }
}
