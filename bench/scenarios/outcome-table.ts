import type { Outcome } from '../compare.ts'
import type { Cell, Table } from '../report/table.ts'

const mebibyte = 1024 * 1024

/** Threads with less for an image are not told. */
const leastSeconds = 0.000_05

/** The columns of a comparison. */
export const outcomeColumns = [
  'what',
  'at once',
  'images/s',
  'of raw sharp',
  'median ms',
  'p99 ms',
  'CPU ms/image',
  'of raw sharp',
  'peak MiB',
  'stolen %',
  'failed',
]

/** The rows of a comparison, whose first outcome is raw sharp. */
export function outcomeRows(outcomes: readonly Outcome[]): Cell[][] {
  const raw = outcomes[0] as Outcome
  return outcomes.map((outcome) => [
    outcome.name,
    outcome.connections,
    outcome.perSecond,
    ratio(outcome.perSecond, raw.perSecond),
    outcome.medianMs,
    outcome.p99Ms,
    outcome.cpuSeconds && outcome.cpuSeconds * 1000,
    ratio(outcome.cpuSeconds, raw.cpuSeconds),
    outcome.peakBytes && outcome.peakBytes / mebibyte,
    outcome.stolen && outcome.stolen * 100,
    outcome.failures,
  ])
}

/** What to say of the measurements that were thrown away, if any were. */
export function repeatedNotes(outcomes: readonly Outcome[], maxStolen: number): string[] {
  const repeated = outcomes.reduce((sum, outcome) => sum + outcome.repeated, 0)
  if (repeated === 0) return []
  const percent = Number((maxStolen * 100).toPrecision(6))
  return [`${repeated} measurements with more than ${percent} % stolen were repeated.`]
}

/** Where the processor time of each goes; threads that ended meanwhile are left out. */
export function threadTable(title: string, outcomes: readonly Outcome[]): Table {
  const names = new Set(outcomes.flatMap(({ threads }) => Object.keys(threads ?? {})))
  const most = (name: string) => Math.max(...outcomes.map(({ threads }) => threads?.[name] ?? 0))
  return {
    title,
    columns: ['thread', ...outcomes.map(({ name, connections }) => `${name}, ${connections}`)],
    rows: [...names]
      .filter((name) => most(name) >= leastSeconds)
      .sort((a, b) => most(b) - most(a))
      .map((name) => [name, ...outcomes.map(({ threads }) => (threads?.[name] ?? 0) * 1000)]),
  }
}

/** `value` as a share of `base`, in words; undefined when there is none. */
export function ratio(value: number | undefined, base: number | undefined): string | undefined {
  if (value === undefined || base === undefined || !Number.isFinite(value / base)) return undefined
  return (value / base).toFixed(3)
}
