import { perSecondBetween, type Summary, summarize } from '../report/statistics.ts'
import { rampMs } from './ramp.ts'

/**
 * How requests are sent: `closed`, each of `connections` asks again as soon as it was answered,
 * for `seconds` behind a ramp; `open`, `perSecond` arrive whatever becomes of them; `burst`,
 * `count` arrive within `seconds`.
 */
export type Arrival =
  | { kind: 'closed'; connections: number; seconds: number }
  | { kind: 'open'; perSecond: number; seconds: number }
  | { kind: 'burst'; count: number; seconds: number }

/** What answered a request. */
export interface Answer {
  /** 0 when the whole body did not come. */
  status: number
  serverTiming: string
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

/** Takes down what becomes of requests. */
export interface LoadRecorder {
  /**
   * Whether those who ask again and again have asked enough: for their time, and until behind the
   * ramp as many were answered as ask at once. A server that makes all of them at once has nothing
   * to show before, however long that takes.
   */
  readonly over: boolean
  send(): void
  record(answer: Answer, milliseconds: number): void
  result(): LoadResult
}

/** @param now milliseconds on a clock that does not jump */
export function createRecorder(
  arrival: Arrival,
  now: () => number = () => performance.now(),
): LoadRecorder {
  const closed = arrival.kind === 'closed'
  const statuses: Record<string, number> = {}
  const images: number[] = []
  const imageTimes: number[] = []
  const refusals: number[] = []
  const stages: Record<string, number[]> = {}
  const start = now() + (closed ? rampMs : 0)
  const due = start + arrival.seconds * 1000
  const least = closed ? arrival.connections + 1 : 0
  let end = due
  let sent = 0
  let answered = 0

  const recordImage = (at: number, milliseconds: number, serverTiming: string) => {
    images.push(milliseconds)
    imageTimes.push(at)
    for (const [, stage = '', ms] of serverTiming.matchAll(/(\w+);dur=([\d.]+)/g)) {
      stages[stage] ??= []
      stages[stage].push(Number(ms))
    }
  }

  return {
    get over() {
      return now() >= due && answered >= least
    },
    send: () => {
      sent++
    },
    record: ({ status, serverTiming }, milliseconds) => {
      const at = now()
      statuses[status] = (statuses[status] ?? 0) + 1
      if (at >= start && ++answered === least) end = Math.max(due, at)
      if (status === 200) recordImage(at, milliseconds, serverTiming)
      else refusals.push(milliseconds)
    },
    result: () => ({
      sent,
      statuses,
      perSecond: closed
        ? perSecondBetween(imageTimes, start, end)
        : imageTimes.filter((time) => time <= end).length / arrival.seconds,
      stages: Object.fromEntries(
        Object.entries(stages).map(([stage, values]) => [stage, summarize(values)]),
      ),
      images: summarize(images),
      refusals: summarize(refusals),
    }),
  }
}
