import { readFile } from 'node:fs/promises'
import type { Bench } from '../bench.ts'
import type { LoadResult } from '../processes/load-recorder.ts'
import { rawResize } from '../processes/raw-resize.ts'
import type { RawResult } from '../processes/raw-sharp.ts'
import type { CallsResult, CallsTask } from '../processes/s3-calls.ts'
import { startWorker } from '../processes/worker.ts'
import { midmean } from '../report/statistics.ts'
import { type Arena, inArena, mostImages, serviceProcessors, startRawSharp } from './arena.ts'
import { processNotes, roundsByProcess } from './processes.ts'
import { warmUp } from './warm-up.ts'
import { type Workload, workloads } from './workloads.ts'

const callsARound = 50
const callsBetween = 15

/** What was measured of each pair of processes, in milliseconds. */
type Figures = Record<string, number[]>

const added = 'service minus raw sharp'

/** What the service adds to an image with nothing else to do, and what of it is S3's part. */
export async function overhead(bench: Bench): Promise<void> {
  for (const workload of workloads) {
    const parts: Figures[] = []
    for (const rounds of roundsByProcess(bench.options.rounds)) {
      parts.push(
        await inArena(bench, workload, {}, (arena) => measure(bench, workload, arena, rounds)),
      )
    }
    const [first = {}] = parts
    bench.table({
      title: `Overhead, one connection: ${workload.title}`,
      columns: ['what', 'median ms'],
      rows: Object.keys(first).map((name) => [
        name,
        midmean(parts.flatMap((figures) => figures[name] ?? [])),
      ]),
      notes: [
        'PutObject and one HeadObject come behind the answer; GetObject is before it.',
        ...processNotes(parts.length, addedByEach(parts)),
      ],
    })
  }
}

async function measure(
  bench: Bench,
  workload: Workload,
  arena: Arena,
  rounds: number,
): Promise<Figures> {
  const raw = arena.keep(await startRawSharp(bench, 2 * serviceProcessors(bench)))
  const calls = arena.keep(await startWorker('s3-calls', callsPlacement(bench)))
  const { seconds } = bench.options
  const ask = async () => {
    const arrival = { kind: 'closed', connections: 1, seconds } as const
    const first = await arena.numbers.take(mostImages(1, seconds))
    const result = await arena.load.ask<LoadResult>({ url: arena.target.url, first, arrival })
    await arena.service.settled()
    return result
  }
  const { width, height } = workload
  const resized = { file: arena.picture, width, height }
  const rawTask = { ...resized, seconds, inFlight: 1 }
  const bytes = (await rawResize(await readFile(arena.picture), workload)).length
  const call = async (task: Pick<CallsTask, 'call' | 'key' | 'first' | 'count' | 'between'>) => {
    const whole: CallsTask = { s3Port: arena.s3Port, bytes, ...task }
    return (await calls.ask<CallsResult>(whole)).milliseconds.median
  }

  await warmUp(bench, arena, workload)
  await arena.site.grow(callsARound)
  await ask()
  const figures: Figures = {}
  const add = (name: string, value = Number.NaN) => {
    figures[name] ??= []
    figures[name].push(value)
    return value
  }
  for (let round = 1; round <= rounds; round++) {
    bench.progress(`${workload.title}: one at a time, round ${round}`)
    const sharp = add('raw sharp', (await raw.ask<RawResult>(rawTask)).milliseconds.median)
    const service = await ask()
    add('service', service.images.median)
    for (const stage of ['queue', 'read', 'header', 'resize', 'total']) {
      add(`service, ${stage} by its Server-Timing`, service.stages[stage]?.median)
    }
    add(added, service.images.median - sharp)
    const key = `img/${arena.site.template}`
    for (const [how, count, rest] of [
      ['again and again', callsARound, {}],
      ['between resizes', callsBetween, { between: resized }],
    ] as const) {
      const originals = { key, first: 0, count, ...rest }
      const variants = { key: `img/${how}-{n}.jpg`, first: round * count, count, ...rest }
      const get = add(`S3 GetObject, ${how}`, await call({ call: 'get', ...originals }))
      const put = add(
        `S3 PutObject of ${Math.round(bytes / 1000)} kB, ${how}`,
        await call({ call: 'put', ...variants }),
      )
      add(`S3 GetObject and PutObject, ${how}`, get + put)
      add(`S3 HeadObject, ${how}`, await call({ call: 'head', ...originals }))
    }
  }
  return figures
}

function addedByEach(parts: readonly Figures[]): string {
  const each = parts.map((figures) => midmean(figures[added] ?? []).toFixed(2)).join(', ')
  return `the service minus raw sharp came to ${each} ms`
}

function callsPlacement({ pinned }: Bench) {
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    // The SDK's word on the version of Node would stand in the middle of the tables.
    NODE_NO_WARNINGS: '1',
  }
  return { cpus: pinned?.service, env }
}
