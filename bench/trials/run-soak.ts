import { setTimeout as sleep } from 'node:timers/promises'
import { get } from '../../infra/smoke/exchange.ts'
import { extensionOf, formatOf, sniff } from '../../service/formats.ts'
import { readMetrics } from '../processes/metrics-text.ts'
import { memoryMetric, type Subject } from './soak-subject.ts'

const writtenMetric = 'rightsize_write_backs_total{outcome="written"}'

/** What became of a soak; of a service that has ended, some is not known. */
export interface Soaked {
  failures: readonly string[]
  /** The resident set while so many were done. */
  samples: readonly { done: number; bytes: number }[]
  seconds: number
  written: number | undefined
  /** The resident set when all was written back. */
  after: number | undefined
}

/**
 * Asks `subject` for `count` new variants of `pictures`, which it has below the key prefix `folder`,
 * `inFlight` at once.
 * @param pictures by their file names
 */
export async function runSoak(
  subject: Pick<Subject, 'url' | 'log'>,
  folder: string,
  pictures: readonly string[],
  { count, inFlight }: { count: number; inFlight: number },
): Promise<Soaked> {
  const writtenBefore = await metric(subject, writtenMetric)
  const failures: string[] = []
  const samples: { done: number; bytes: number }[] = []
  let next = 0
  let done = 0

  const work = async () => {
    while (next < count) {
      const at = next++
      const name = pictures[at % pictures.length] as string
      const key = `${folder}/${name}`
      const failure = await askFor(subject.url, key, Math.floor(at / pictures.length)).catch(String)
      if (failure) failures.push(`${name}: ${failure}`)
      done++
    }
  }
  const sampling = (async () => {
    while (done < count) {
      const bytes = await metric(subject, memoryMetric)
      if (bytes !== undefined) samples.push({ done, bytes })
      subject.log.length = 0
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} `)
      await sleep(200)
    }
  })()

  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, work))
  const seconds = (performance.now() - start) / 1000
  await sampling
  await untilWritten(subject)
  const writtenAfter = await metric(subject, writtenMetric)
  return {
    failures,
    samples,
    seconds,
    written:
      writtenBefore === undefined || writtenAfter === undefined
        ? undefined
        : writtenAfter - writtenBefore,
    after: await metric(subject, memoryMetric),
  }
}

/** 391 and 401 have no common divisor, nor have the factors: no size comes twice in 156,791. */
async function askFor(url: string, key: string, turn: number): Promise<string | undefined> {
  const size = `${50 + ((turn * 7919) % 391)}x${50 + ((turn * 104_729) % 401)}`
  const { status, body } = await get(`${url}/prod?key=img/${size}/${key}`)
  if (status !== 200) return `${size} was answered ${status} ${body}`
  if (sniff(body) !== formatOf(extensionOf(key))) return `${size} is another type`
  return undefined
}

/** Waits for what is written behind the answers, half a minute at most. */
async function untilWritten(subject: Pick<Subject, 'url'>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (!(await metric(subject, 'rightsize_background_tasks'))) return
    await sleep(100)
  }
}

/** Undefined where the service does not answer. */
async function metric({ url }: Pick<Subject, 'url'>, name: string): Promise<number | undefined> {
  try {
    const { status, body } = await get(`${url}/metrics`)
    return status === 200 ? readMetrics(body.toString(), name) : undefined
  } catch {
    return undefined
  }
}
