import type { Bench } from '../bench.ts'
import { type Contender, compare, rawContender } from '../compare.ts'
import { fairEnvironment } from '../image-environment.ts'
import { pictureFile } from '../pictures.ts'
import type { Worker } from '../processes/worker.ts'
import { countedProcessors, serviceProcessors, startRawSharp } from './arena.ts'
import { outcomeColumns, outcomeRows } from './outcome-table.ts'
import { workloads } from './workloads.ts'

/** In flight and threads of libuv's pool, for each processor. */
const grid = [
  [1, 1],
  [1.5, 2],
  [2, 1],
  [2, 2],
  [4, 4],
  [8, 8],
] as const

const mallocs = {
  "the system's malloc": {},
  "the system's, 2 arenas": { MALLOC_ARENA_MAX: '2' },
  'as in the other scenarios': fairEnvironment,
}

/** How many resizes at once, over how many threads, use the processors best; and what a malloc costs. */
export async function threads(bench: Bench): Promise<void> {
  const [workload] = workloads
  if (!workload) return
  const { seconds } = bench.options
  const file = await pictureFile(bench.folders.pictures, workload.picture)
  const task = { file, width: workload.width, height: workload.height, seconds }
  const processors = serviceProcessors(bench)
  const workers: Worker[] = []
  const contender = async (
    name: string,
    inFlight: number,
    pool: number,
    env?: Record<string, string>,
  ): Promise<Contender> => {
    const worker = await startRawSharp(bench, pool, env)
    workers.push(worker)
    return { ...rawContender(worker, task, inFlight), name }
  }
  try {
    const contenders: Contender[] = []
    for (const [perProcessor, threadsPerProcessor] of grid) {
      const pool = threadsPerProcessor * processors
      const inFlight = Math.ceil(perProcessor * processors)
      contenders.push(await contender(`pool of ${pool}`, inFlight, pool))
    }
    for (const [name, env] of Object.entries(mallocs)) {
      const pool = 2 * processors
      contenders.push(await contender(`pool of ${pool}, ${name}`, pool, pool, env))
    }
    const outcomes = await compare(bench, 'threads', contenders)
    bench.table({
      title: `Threads of raw sharp: ${workload.title}, ${countedProcessors(bench)}`,
      columns: outcomeColumns.map((name) => (name === 'of raw sharp' ? 'of first' : name)),
      rows: outcomeRows(outcomes),
    })
  } finally {
    for (const worker of workers) await worker.stop()
  }
}
