import type { Bench } from '../bench.ts'
import { compare, type Outcome } from '../compare.ts'
import { type Arena, inArena, serviceProcessors } from './arena.ts'
import { prepareContenders } from './contenders.ts'
import { outcomeColumns, outcomeRows, repeatedNotes, threadTable } from './outcome-table.ts'
import { verifyWriteBacks } from './verify.ts'
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
  const { best, servers } = await prepareContenders(bench, workload, arena, {
    targets: [arena.target],
    connections,
  })
  const outcomes = await compare(bench, workload.title, [best, ...servers])
  bench.table({
    title: `Saturation: ${workload.title}, ${serviceProcessors(bench)} processors`,
    columns: outcomeColumns,
    rows: outcomeRows(outcomes),
    notes: [
      await verifyWriteBacks(arena, workload),
      ...repeatedNotes(outcomes, bench.options.maxStolen),
    ],
  })
  bench.table(threadTable(`Processor time by thread, ms an image: ${workload.title}`, outcomes))
  return outcomes
}
