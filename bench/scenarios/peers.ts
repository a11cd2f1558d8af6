import type { Bench } from '../bench.ts'
import { compare, type Outcome, rawContender, serverContender, type Target } from '../compare.ts'
import { startImageMagick, startIpx } from '../processes/peers.ts'
import { type Arena, inArena, serviceProcessors, startRawSharp } from './arena.ts'
import { bestInFlight } from './best-in-flight.ts'
import { outcomeColumns, outcomeRows } from './outcome-table.ts'
import { verifyWriteBacks } from './verify.ts'
import { variantOf, type Workload, workloads } from './workloads.ts'

const connections = [1, 8, 32, 128]

/** The service beside what one would use instead, at 1 to 128 connections. */
export async function peers(bench: Bench): Promise<void> {
  for (const workload of workloads) {
    await inArena(bench, workload, { env: { QUEUE_LIMIT: '256' } }, async (arena) => {
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
  const { seconds } = bench.options
  const processors = serviceProcessors(bench)
  const raw = arena.keep(await startRawSharp(bench, processors * 8))
  const task = { file: arena.picture, width: workload.width, height: workload.height, seconds }
  const { inFlight, perSecond } = await bestInFlight(bench, raw, task, processors)
  const most = Math.ceil(perSecond * (seconds + 2) * 1.5) + 256
  const { targets, notes } = await startTargets(bench, workload, arena)
  const contenders = [
    rawContender(raw, task, inFlight),
    rawContender(raw, task, 1),
    ...targets.flatMap((target) =>
      connections.map((count) =>
        serverContender(arena.load, target, {
          connections: count,
          seconds,
          numbers: arena.numbers,
          most,
        }),
      ),
    ),
  ]
  // What runs for the first time is slower: it counts for nothing.
  for (const contender of contenders.slice(2)) await contender.measure()
  const outcomes = await compare(bench, workload.title, contenders)
  bench.table({
    title: `Peers: ${workload.title}, ${processors} processors`,
    columns: outcomeColumns,
    rows: outcomeRows(outcomes),
    notes: [await verifyWriteBacks(arena, workload), ...notes],
  })
  return outcomes
}

async function startTargets(bench: Bench, workload: Workload, arena: Arena) {
  const notes = ['The peers read originals from the file system and store nothing.']
  const targets: Target[] = [arena.target]
  for (const start of [startIpx, startImageMagick]) {
    const peer = await start(arena.site, workload, bench)
    if (typeof peer === 'string') notes.push(peer)
    else targets.push(arena.keep(peer))
  }
  for (const { name, url } of bench.options.peers) {
    const filled = url
      .replace('{file}', arena.site.template)
      .replace('{width}', String(workload.width))
      .replace('{height}', String(workload.height))
    targets.push({ name, pid: undefined, url: filled, settled: async () => {} })
  }
  return { targets, notes }
}
