import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { perSecondBetween, type Summary, summarize } from '../report/statistics.ts'
import { rampMs } from './ramp.ts'
import { serveTasks } from './serve-tasks.ts'

/**
 * How requests are sent: `closed`, each of `connections` asks again as soon as it was answered,
 * for `seconds` behind a ramp; `open`, `perSecond` arrive whatever becomes of them; `burst`,
 * `count` arrive within `seconds`.
 */
export type Arrival =
  | { kind: 'closed'; connections: number; seconds: number }
  | { kind: 'open'; perSecond: number; seconds: number }
  | { kind: 'burst'; count: number; seconds: number }

/** Requests to a server. */
export interface LoadTask {
  /** Where `{n}` stands, `first`, `first + 1`, … is put, so that each request is for another image. */
  url: string
  first: number
  arrival: Arrival
}

/** What came of it. Durations are milliseconds from asking to the last byte. */
export interface LoadResult {
  sent: number
  /** Answers by status; 0 are those that broke off. */
  statuses: Readonly<Record<string, number>>
  /** The stages that the answers tell in `Server-Timing`, milliseconds. */
  stages: Readonly<Record<string, Summary>>
  /** Images a second over the time of the arrivals, and behind the ramp where there is one. */
  perSecond: number
  images: Summary
  refusals: Summary
}

function createRecorder({ kind, seconds }: Arrival) {
  const statuses: Record<string, number> = {}
  const images: number[] = []
  const refusals: number[] = []
  const stages: Record<string, number[]> = {}
  const start = performance.now() + (kind === 'closed' ? rampMs : 0)
  const end = start + seconds * 1000
  let sent = 0
  const answered: number[] = []
  return {
    end,
    send: () => sent++,
    record: ({ status, serverTiming }: Answer, milliseconds: number) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) {
        images.push(milliseconds)
        answered.push(performance.now())
        for (const [, stage = '', ms] of serverTiming.matchAll(/(\w+);dur=([\d.]+)/g)) {
          stages[stage] ??= []
          stages[stage].push(Number(ms))
        }
      } else refusals.push(milliseconds)
    },
    result: (): LoadResult => ({
      sent,
      statuses,
      perSecond:
        kind === 'closed'
          ? perSecondBetween(answered, start, end)
          : answered.filter((time) => time <= end).length / seconds,
      stages: Object.fromEntries(
        Object.entries(stages).map(([stage, values]) => [stage, summarize(values)]),
      ),
      images: summarize(images),
      refusals: summarize(refusals),
    }),
  }
}

async function run({ url, first, arrival }: LoadTask): Promise<LoadResult> {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: arrival.kind === 'closed' ? arrival.connections : Number.POSITIVE_INFINITY,
  })
  const recorder = createRecorder(arrival)
  const refused: number[] = []
  let next = first
  const ask = async (n = next++) => {
    recorder.send()
    const start = performance.now()
    const answer = await request(url.replace('{n}', String(n)), agent)
    recorder.record(answer, performance.now() - start)
    // Who is refused asks for the same image again.
    if (answer.status === 503 && arrival.kind === 'closed') refused.push(n)
  }
  try {
    if (arrival.kind === 'closed')
      await askInTurn(() => ask(refused.pop()), arrival.connections, recorder.end)
    else await askOnTime(ask, arrival)
    return recorder.result()
  } finally {
    agent.destroy()
  }
}

async function askInTurn(ask: () => Promise<void>, connections: number, end: number) {
  const loop = async () => {
    while (performance.now() < end) await ask()
  }
  await Promise.all(Array.from({ length: connections }, loop))
}

/** Asks at even distances, as many at a time as the timer has missed. */
async function askOnTime(
  ask: () => Promise<void>,
  arrival: Exclude<Arrival, { kind: 'closed' }>,
): Promise<void> {
  const { seconds } = arrival
  const count = arrival.kind === 'open' ? Math.round(arrival.perSecond * seconds) : arrival.count
  const start = performance.now()
  const asked: Promise<void>[] = []
  while (asked.length < count) {
    const elapsed = (performance.now() - start) / 1000
    const due = seconds > 0 ? Math.min(count, Math.floor((elapsed / seconds) * count) + 1) : count
    while (asked.length < due) asked.push(ask())
    await sleep(1)
  }
  await Promise.all(asked)
}

interface Answer {
  /** 0 when the whole body did not come. */
  status: number
  serverTiming: string
}

const broken: Answer = { status: 0, serverTiming: '' }

function request(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = get(url, { agent }, (response) => {
      const answer = {
        status: response.statusCode as number,
        serverTiming: String(response.headers['server-timing'] ?? ''),
      }
      response.on('end', () => resolve(response.complete ? answer : broken))
      response.on('error', () => resolve(broken))
      response.resume()
    })
    sent.on('error', () => resolve(broken))
  })
}

serveTasks(run)
