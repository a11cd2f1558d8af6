import type { Bench } from '../bench.ts'
import type { Arrival, LoadResult } from '../processes/load-recorder.ts'
import type { Cell } from '../report/table.ts'
import { type Arena, inArena } from './arena.ts'
import { workloads } from './workloads.ts'

const crowds: readonly (readonly [name: string, arrival: Arrival])[] = [
  ['500 at once', { kind: 'burst', count: 500, seconds: 0 }],
  ['2,000 within 5 s', { kind: 'burst', count: 2_000, seconds: 5 }],
]

/** Many viewers of one new image: what it costs S3 and the service. */
export async function coalescing(bench: Bench): Promise<void> {
  const [workload] = workloads
  if (!workload) return
  await inArena(bench, workload, {}, async (arena) => {
    const rows: Cell[][] = []
    for (const [name, arrival] of crowds) {
      bench.progress(`coalescing: ${name}`)
      rows.push([name, ...(await measure(arena, arrival))])
    }
    bench.table({
      title: `Coalescing: one new image, ${workload.title}`,
      columns: [
        'viewers',
        '200',
        'others',
        'GetObject',
        'decoded',
        'PutObject',
        'HeadObject',
        'median ms',
        'p99 ms',
      ],
      rows,
      notes: [
        'HeadObject: one after the write-back; one a second while late viewers are answered from memory.',
      ],
    })
  })
}

async function measure(arena: Arena, arrival: Arrival): Promise<Cell[]> {
  const { load, numbers, target, service, storeCalls } = arena
  const n = String(await numbers.take(1))
  const decoded = () => service.metric('rightsize_answers_total{source="made"}')
  const before = await decoded()
  await storeCalls()
  const url = target.url.replace('{n}', n)
  const { images, sent } = await load.ask<LoadResult>({ url, first: 0, arrival })
  await service.settled()
  const calls = await storeCalls()
  return [
    images.count,
    sent - images.count,
    calls.GET ?? 0,
    (await decoded()) - before,
    calls.PUT ?? 0,
    calls.HEAD ?? 0,
    images.median,
    images.p99,
  ]
}
