import type { Bench } from '../bench.ts'
import { compare, type Outcome, rawContender, serverContender } from '../compare.ts'
import { type Arena, inArena, serviceProcessors, startRawSharp } from './arena.ts'
import { bestInFlight } from './best-in-flight.ts'
import { outcomeColumns, outcomeRows } from './outcome-table.ts'
import { verifyWriteBacks } from './verify.ts'
import { warmUp } from './warm-up.ts'
import { type Workload, workloads } from './workloads.ts'

const connections = [8, 32, 128]

/**
 * New images as fast as they can be made: the share of raw sharp's images per second that reaches
 * the viewer, with the reading of the original and the write-back, and what an image costs.
 */
export async function saturation(bench: Bench): Promise<void> {
  const shares: (number | undefined)[][] = []
  for (const workload of workloads) {
    const outcomes = await inArena(bench, workload, { env: { QUEUE_LIMIT: '256' } }, (arena) =>
      measure(bench, workload, arena),
    )
    shares.push(
      outcomes.slice(1).map((outcome) => outcome.perSecond / (outcomes[0] as Outcome).perSecond),
    )
  }
  await bench.chart('saturation', {
    title: 'New images per second, as a share of raw sharp in the same run',
    unit: 'share of raw sharp',
    labels: connections.map((count) => `${count} connections`),
    series: workloads.map(({ title }, at) => ({ name: title, values: shares[at] ?? [] })),
    mark: { name: 'goal 0.95', value: 0.95 },
  })
}

async function measure(bench: Bench, workload: Workload, arena: Arena): Promise<Outcome[]> {
  const { seconds } = bench.options
  const processors = serviceProcessors(bench)
  const raw = arena.keep(await startRawSharp(bench, processors * 8))
  const task = { file: arena.picture, width: workload.width, height: workload.height, seconds }
  const { inFlight, perSecond } = await bestInFlight(bench, raw, task, processors)
  const most = Math.ceil(perSecond * (seconds + 2) * 1.5) + 256
  const contenders = [
    rawContender(raw, task, inFlight),
    ...connections.map((count) =>
      serverContender(arena.load, arena.target, {
        connections: count,
        seconds,
        numbers: arena.numbers,
        most,
      }),
    ),
  ]
  await warmUp(bench, arena, workload)
  // Nor does the first of the large ones count, for which memory has to be found.
  for (const contender of contenders.slice(1)) await contender.measure()
  const outcomes = await compare(bench, workload.title, contenders)
  bench.table({
    title: `Saturation: ${workload.title}, ${processors} processors`,
    columns: outcomeColumns,
    rows: outcomeRows(outcomes),
    notes: [await verifyWriteBacks(arena, workload)],
  })
  return outcomes
}
