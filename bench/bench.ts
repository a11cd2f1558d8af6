import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Options } from './command-line.ts'
import { formatMachine, type Machine } from './machine.ts'
import { type BarChart, drawBarChart } from './report/bar-chart.ts'
import { formatTable, type Table } from './report/table.ts'

/** What a scenario gets: where and how to measure, and where to tell what it found. */
export interface Bench {
  options: Options
  pinned: Machine['pinned']
  /** Folders: of the pictures, of the site's bucket, of peers installed, and of results and logs. */
  folders: { pictures: string; data: string; peers: string; results: string }
  /** Says what is going on, for the one who waits. */
  progress(message: string): void
  /** Prints a table and keeps it for the results. */
  table(table: Table): void
  /** Writes a plot as `<name>.svg` beside the results. */
  chart(name: string, chart: BarChart): Promise<void>
}

/** A `Bench` that prints tables on standard output; `save` writes all of them to one file. */
export function createBench(
  parts: Pick<Bench, 'options' | 'pinned' | 'folders'>,
  machine: Machine,
): { bench: Bench; save: (name: string) => Promise<string> } {
  const tables: Table[] = []
  const bench: Bench = {
    ...parts,
    progress: (message) => process.stderr.write(`… ${message}\n`),
    table: (table) => {
      tables.push(table)
      process.stdout.write(`\n${formatTable(table)}`)
    },
    chart: async (name, chart) => {
      const file = join(parts.folders.results, `${name}.svg`)
      await writeFile(file, drawBarChart(chart))
      bench.progress(`plot: ${file}`)
    },
  }
  process.stdout.write(`${formatMachine(machine)}\n`)
  return {
    bench,
    save: async (name) => {
      const file = join(parts.folders.results, `${name}.json`)
      await writeFile(file, `${JSON.stringify({ machine, tables }, null, 2)}\n`)
      return file
    },
  }
}
