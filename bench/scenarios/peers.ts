import type { Bench } from '../bench.ts'
import { compare, type Outcome, type Target } from '../compare.ts'
import { startImageMagick, startIpx, startPlainHandler } from '../processes/peers.ts'
import { type Arena, countedProcessors, inArena, longQueue } from './arena.ts'
import { prepareContenders } from './contenders.ts'
import { outcomeColumns, outcomeRows, repeatedNotes } from './outcome-table.ts'
import { verifyWriteBacks, writeBackNote } from './verify.ts'
import { variantOf, type Workload, workloads } from './workloads.ts'

const connections = [1, 8, 32, 128]

/** The service beside what one would use instead, at 1 to 128 connections. */
export async function peers(bench: Bench): Promise<void> {
  for (const workload of workloads) {
    await inArena(bench, workload, { env: longQueue }, async (arena) => {
      const outcomes = await measure(bench, workload, arena)
      const names = [...new Set(outcomes.slice(2).map(({ name }) => name))]
      await bench.chart(`peers-${variantOf(workload)}`, {
        title: `New images per second: ${workload.title}`,
        unit: 'images/s',
        labels: connections.map((count) => `${count} connections`),
        series: names.map((name) => ({
          name,
          values: connections.map(
            (count) =>
              outcomes.slice(2).find((o) => o.name === name && o.connections === count)?.perSecond,
          ),
        })),
        mark: { name: 'raw sharp', value: outcomes[0]?.perSecond ?? 0 },
      })
    })
  }
}

async function measure(bench: Bench, workload: Workload, arena: Arena): Promise<Outcome[]> {
  const { targets, notes } = await startTargets(bench, workload, arena)
  const { best, raw, servers } = await prepareContenders(bench, workload, arena, {
    targets,
    connections,
  })
  const outcomes = await compare(bench, workload.title, [best, raw(1), ...servers])
  bench.table({
    title: `Peers: ${workload.title}, ${countedProcessors(bench)}`,
    columns: outcomeColumns,
    rows: outcomeRows(outcomes),
    notes: [
      writeBackNote([await verifyWriteBacks(arena, workload)]),
      ...repeatedNotes(outcomes, bench.options.maxStolen),
      ...notes,
    ],
  })
  return outcomes
}

async function startTargets(bench: Bench, workload: Workload, arena: Arena) {
  const notes = [
    'The plain handler reads from the same store, and its calls are among them; the other peers read originals from the file system and store nothing.',
  ]
  const targets: Target[] = [arena.target]
  for (const start of [startPlainHandler, startIpx, startImageMagick]) {
    const peer = await start(arena, workload, bench)
    if (typeof peer === 'string') {
      notes.push(peer)
      continue
    }
    targets.push(arena.keep(peer))
    if (peer.note) notes.push(peer.note)
  }
  for (const { name, url } of bench.options.peers) {
    const filled = url
      .replaceAll('{file}', arena.site.template)
      .replaceAll('{width}', String(workload.width))
      .replaceAll('{height}', String(workload.height))
    targets.push({ name, pid: undefined, url: filled, settled: async () => {} })
  }
  return { targets, notes }
}
