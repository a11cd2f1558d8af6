import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import type { Arrival, LoadResult } from '../processes/load-recorder.ts'
import { residentBytes, watchStolen } from '../processes/usage.ts'
import type { Cell } from '../report/table.ts'
import { type Arena, inArena, mostImages, serviceProcessors } from './arena.ts'
import { ratio } from './outcome-table.ts'
import { verifyWriteBacks, writeBackNote } from './verify.ts'
import { warmUp } from './warm-up.ts'
import { workloads } from './workloads.ts'

const mebibyte = 1024 * 1024

/** Within the queue of the service, so that nobody is refused. */
const comfortable = 16
const impatient = 128
/** How many times what it can take arrives. */
const excess = 4
const calmMs = 10_000
/** V8 looks for what it can give back a minute or more after the last work. */
const restMs = 120_000

/** More than the service can take: what becomes of those it admits, and of those it refuses. */
export async function overload(bench: Bench): Promise<void> {
  const [workload] = workloads
  if (!workload) return
  await inArena(bench, workload, {}, async (arena) => {
    const { seconds, overloadSeconds } = bench.options
    const closed = (connections: number, forSeconds: number) =>
      ({ kind: 'closed', connections, seconds: forSeconds }) as const
    const run = (name: string, arrival: Arrival) => measure(bench, arena, name, arrival)

    await warmUp(bench, arena, workload)
    await run('16 connections, warming up', closed(comfortable, 3 * seconds))
    const calm = await run('16 connections', closed(comfortable, 3 * seconds))
    const again = await run('16 connections, again', closed(comfortable, 3 * seconds))
    const best = Math.max(calm.result.perSecond, again.result.perSecond)
    const perSecond = Math.round(excess * best)
    const flood = await run(`${perSecond} arrivals a second`, {
      kind: 'open',
      perSecond,
      seconds: overloadSeconds,
    })
    const impatience = await run('128 that ask again at once', closed(impatient, 3 * seconds))
    const after = await run('16 connections, afterwards', closed(comfortable, 3 * seconds))
    bench.progress(`overload: at rest, ${restMs / 1000} s`)
    await sleep(restMs)
    const rested = residentBytes(arena.service.pid)?.now
    bench.table({
      title: `Overload: ${workload.title}`,
      columns,
      rows: [calm, again, flood, impatience, after].map((measured) => row(measured, best)),
      notes: [
        `Memory is the resident set ${calmMs / 1000} seconds after the last answer${
          rested ? `; after ${restMs / 1000} more it is ${Math.round(rested / mebibyte)} MiB` : ''
        }.`,
        writeBackNote([await verifyWriteBacks(arena, workload)]),
      ],
    })
  })
}

const columns = [
  'what',
  'images/s',
  'of best',
  'admitted median ms',
  'p99 ms',
  'max ms',
  'refused',
  'refused median ms',
  'p99 ms',
  'statuses',
  'MiB after',
  'stolen %',
]

interface Measured {
  name: string
  result: LoadResult
  residentBytes: number | undefined
  stolen: number | undefined
}

async function measure(
  bench: Bench,
  { load, numbers, target, service }: Arena,
  name: string,
  arrival: Arrival,
): Promise<Measured> {
  bench.progress(`overload: ${name}, ${arrival.seconds} s`)
  const first = await numbers.take(
    arrival.kind === 'open'
      ? Math.ceil(arrival.perSecond * arrival.seconds)
      : mostImages(serviceProcessors(bench), arrival.seconds),
  )
  const watched = watchStolen(bench.pinned?.service)
  const result = await load.ask<LoadResult>({ url: target.url, first, arrival })
  await service.settled()
  const stolen = watched()
  await sleep(calmMs)
  return { name, result, residentBytes: residentBytes(service.pid)?.now, stolen }
}

function row({ name, result, residentBytes: resident, stolen }: Measured, best: number): Cell[] {
  const { images, refusals, statuses, perSecond } = result
  return [
    name,
    perSecond,
    ratio(perSecond, best),
    images.median,
    images.p99,
    images.max,
    refusals.count,
    refusals.median,
    refusals.p99,
    Object.entries(statuses)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
    resident && resident / mebibyte,
    stolen && stolen * 100,
  ]
}
