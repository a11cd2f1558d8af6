import type { Bench } from '../bench.ts'
import { type Contender, rawContender, serverContender, type Target } from '../compare.ts'
import { type Arena, serviceProcessors, startRawSharp } from './arena.ts'
import { bestInFlight } from './best-in-flight.ts'
import { warmUp } from './warm-up.ts'
import type { Workload } from './workloads.ts'

/** Who is compared for one workload. */
export interface Contenders {
  /** Raw sharp with as many at once as are best for it. */
  best: Contender
  /** Raw sharp with `inFlight` at once. */
  raw(inFlight: number): Contender
  /** Each of the targets at each number of connections. */
  servers: readonly Contender[]
}

/** Prepares raw sharp and `targets` at `connections`, and warms the service up. */
export async function prepareContenders(
  bench: Bench,
  workload: Workload,
  arena: Arena,
  { targets, connections }: { targets: readonly Target[]; connections: readonly number[] },
): Promise<Contenders> {
  const { width, height } = workload
  const { seconds } = bench.options
  const processors = serviceProcessors(bench)
  const worker = arena.keep(await startRawSharp(bench, processors * 8))
  const task = { file: arena.picture, width, height, seconds }
  const { inFlight, perSecond } = await bestInFlight(bench, worker, task, processors)
  const { load, numbers } = arena
  const most = Math.ceil(perSecond * (seconds + 3) * 1.5) + 256
  const servers = targets.map((target) =>
    connections.map((count) =>
      serverContender(load, target, { connections: count, seconds, numbers, most }),
    ),
  )
  await warmUp(bench, arena, workload)
  // Nor do the first of the large ones count, for which memory has to be found.
  for (const [first] of servers) await first?.measure()
  const raw = (count: number) => rawContender(worker, task, count)
  return { best: raw(inFlight), raw, servers: servers.flat() }
}
