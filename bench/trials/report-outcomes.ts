import { formatTable } from '../report/table.ts'
import type { Outcome } from './run-fault.ts'

/** Prints a table of what became of the trials; returns the exit code. */
export function reportOutcomes(title: string, outcomes: readonly Outcome[]): 0 | 1 {
  const rows = outcomes.map(({ name, status, ms, calls, wrong }) => [
    name,
    status,
    Math.round(ms),
    calls,
    wrong.join('; ') || 'as promised',
  ])
  const columns = ['fault', 'status', 'ms', 'calls', 'verdict']
  const broken = outcomes.filter(({ wrong }) => wrong.length > 0).length
  const notes = [
    'Status and ms are the viewer’s; calls are those of the faulty operation, repetitions included.',
    `${outcomes.length - broken} of ${outcomes.length} as promised.`,
  ]
  process.stdout.write(`${formatTable({ title, columns, rows, notes })}\n`)
  return broken === 0 ? 0 : 1
}
