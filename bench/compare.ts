import type { Bench } from './bench.ts'
import type { LoadTask } from './processes/load.ts'
import type { LoadResult } from './processes/load-recorder.ts'
import type { RawResult, RawTask } from './processes/raw-sharp.ts'
import { resetPeak, residentBytes, type ThreadSeconds, watchStolen } from './processes/usage.ts'
import { watchProcess } from './processes/watch-process.ts'
import type { Worker } from './processes/worker.ts'
import { midmean } from './report/statistics.ts'
import type { Series } from './site.ts'

/** One measurement of one contender. */
interface Measurement {
  perSecond: number
  medianMs: number
  p99Ms: number
  /** Processor seconds an image, of all threads and children. */
  cpuSeconds: number | undefined
  /** The same by thread. */
  threads: ThreadSeconds | undefined
  peakBytes: number | undefined
  /** Requests that were not answered with an image. */
  failures: number
}

/** A measurement, and how much of the service's processors a hypervisor took away meanwhile. */
interface Round extends Measurement {
  /** A share of their time, from 0 to 1. */
  stolen: number | undefined
  /** Measurements before this one, of which it took too much. */
  repeated: number
}

/** Who is measured against the others; `measure` is one round. */
export interface Contender {
  name: string
  connections: number
  measure(): Promise<Measurement>
}

/** A contender with the means of the middle half of its rounds. */
export interface Outcome extends Round {
  name: string
  connections: number
}

/** How often one measurement is made again at most: a hypervisor may take too much of each. */
const mostRepeated = 9

/** The rounds of each of several contenders, one behind the other. */
export type Rounds = readonly (readonly Round[])[]

/** Measures all in turn, round after round, so that what disturbs the machine disturbs all alike. */
export async function compare(
  bench: Bench,
  title: string,
  contenders: readonly Contender[],
): Promise<Outcome[]> {
  return outcomesOf(contenders, await measureRounds(bench, title, contenders, bench.options.rounds))
}

/** As `compare` measures, `count` rounds. */
export async function measureRounds(
  bench: Bench,
  title: string,
  contenders: readonly Contender[],
  count: number,
): Promise<Rounds> {
  const rounds = contenders.map((): Round[] => [])
  for (let round = 1; round <= count; round++) {
    for (const [at, contender] of contenders.entries()) {
      const { name, connections } = contender
      bench.progress(`${title}: ${name}, ${connections} at once, round ${round}`)
      rounds[at]?.push(await measureUndisturbed(bench, contender))
    }
  }
  return rounds
}

/** What the rounds of each of `contenders` come to. */
export function outcomesOf(
  contenders: readonly Pick<Contender, 'name' | 'connections'>[],
  rounds: Rounds,
): Outcome[] {
  return contenders.map(({ name, connections }, at) => ({
    name,
    connections,
    ...middle(rounds[at] as readonly Round[]),
  }))
}

/** Measures until no more than `--max-stolen` is taken away meanwhile, or patience ends. */
async function measureUndisturbed(bench: Bench, contender: Contender): Promise<Round> {
  for (let repeated = 0; ; repeated++) {
    const watched = watchStolen(bench.pinned?.service)
    const measurement = await contender.measure()
    const stolen = watched()
    const round = { ...measurement, stolen, repeated }
    if (stolen === undefined || stolen <= bench.options.maxStolen) return round
    if (repeated === mostRepeated) return round
    bench.progress(`${(stolen * 100).toFixed(1)} % stolen: once more`)
  }
}

function middle(rounds: readonly Round[]): Round {
  const sum = (field: 'failures' | 'repeated') =>
    rounds.reduce((total, round) => total + round[field], 0)
  const of = (field: Exclude<keyof Round, 'threads'>) =>
    midmean(rounds.map((round) => round[field] ?? Number.NaN))
  return {
    perSecond: of('perSecond'),
    medianMs: of('medianMs'),
    p99Ms: of('p99Ms'),
    cpuSeconds: of('cpuSeconds'),
    threads: middleThreads(rounds),
    peakBytes: of('peakBytes'),
    stolen: of('stolen'),
    failures: sum('failures'),
    repeated: sum('repeated'),
  }
}

function middleThreads(rounds: readonly Round[]): ThreadSeconds {
  const names = new Set(rounds.flatMap(({ threads }) => Object.keys(threads ?? {})))
  return Object.fromEntries(
    [...names].map((name) => [name, midmean(rounds.map(({ threads }) => threads?.[name] ?? 0))]),
  )
}

/** Raw sharp in the process `worker`, `inFlight` at once. */
export function rawContender(worker: Worker, task: Omit<RawTask, 'inFlight'>, inFlight: number) {
  return {
    name: task.copying ? 'raw sharp, copying' : 'raw sharp',
    connections: inFlight,
    measure: async () => {
      resetPeak(worker.pid)
      const used = watchProcess(worker.pid)
      const result = await worker.ask<RawResult>({ ...task, inFlight })
      return {
        perSecond: result.perSecond,
        medianMs: result.milliseconds.median,
        p99Ms: result.milliseconds.p99,
        ...used(result.images),
        peakBytes: residentBytes(worker.pid)?.peak,
        failures: 0,
      }
    },
  } satisfies Contender
}

/** A server that is asked over HTTP. */
export interface Target {
  name: string
  /** Undefined where its process is not ours. */
  pid: number | undefined
  url: string
  /** Waits until what the server does behind its answers is done. */
  settled(): Promise<void>
}

/** Gives every image a number that nobody had before, and makes its original. */
export interface Numbers {
  take(count: number): Promise<number>
}

/** Numbers of `series`, from 0 on. */
export function numbersOf(series: Series): Numbers {
  let next = 0
  return {
    take: async (count) => {
      const first = next
      next += count
      await series.grow(next)
      return first
    },
  }
}

/**
 * A server under `connections` that ask again as soon as they are answered, each time for another
 * image.
 * @param most images that one round can possibly answer
 */
export function serverContender(
  load: Worker,
  target: Target,
  {
    connections,
    seconds,
    numbers,
    most,
  }: {
    connections: number
    seconds: number
    numbers: Numbers
    most: number
  },
): Contender {
  const { pid } = target
  return {
    name: target.name,
    connections,
    measure: async () => {
      const first = await numbers.take(most)
      const used = watchProcess(pid)
      if (pid) resetPeak(pid)
      const arrival = { kind: 'closed', connections, seconds } as const
      const task: LoadTask = { url: target.url, first, arrival }
      const result = await load.ask<LoadResult>(task)
      await target.settled()
      return {
        perSecond: result.perSecond,
        medianMs: result.images.median,
        p99Ms: result.images.p99,
        ...used(result.images.count),
        peakBytes: pid && residentBytes(pid)?.peak,
        failures: result.sent - result.images.count,
      }
    },
  }
}
