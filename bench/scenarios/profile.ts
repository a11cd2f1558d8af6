import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { LoadResult } from '../processes/load-recorder.ts'
import { watchProcess } from '../processes/watch-process.ts'
import { type CpuProfile, selfTimeByFunction, selfTimeByPart } from '../report/cpu-profile.ts'
import { type Arena, inArena, longQueue, mostImages, serviceProcessors } from './arena.ts'
import { type Workload, workloads } from './workloads.ts'

const connections = 32
const rows = 25

/** What the service's main thread does at saturation, by V8's profiler. */
export async function profile(bench: Bench): Promise<void> {
  for (const workload of workloads) await profileWorkload(bench, workload)
}

async function profileWorkload(bench: Bench, workload: Workload): Promise<void> {
  const folder = join(bench.folders.results, `profile-${workload.picture}`)
  await rm(folder, { recursive: true, force: true })
  const seconds = bench.options.seconds * 2
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`]
  const used = await inArena(bench, workload, { env: longQueue, nodeOptions }, async (arena) => {
    await loadFor(bench, arena, seconds)
    const watched = watchProcess(arena.service.pid)
    return watched(await loadFor(bench, arena, seconds))
  })
  const [file] = await readdir(folder)
  if (!file) throw new Error(`there is no profile in ${folder}`)
  const perImage = (cpuSeconds = Number.NaN) => (cpuSeconds * 1000).toFixed(1)
  const read = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile
  for (const [what, times] of [
    ['part', selfTimeByPart(read)],
    ['function', selfTimeByFunction(read)],
  ] as const) {
    const busy = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    bench.table({
      title: `Main thread by ${what}: ${workload.title}`,
      columns: [what, 'share %'],
      rows: times
        .slice(0, rows)
        .map(({ name, milliseconds }) => [name, (100 * milliseconds) / busy]),
      notes: [
        `Warmed up, the process used ${perImage(used.cpuSeconds)} ms of processor time an image, its main thread ${perImage(used.threads?.main)} ms. The shares are of the whole life of the process.`,
      ],
    })
  }
}

async function loadFor(bench: Bench, arena: Arena, seconds: number): Promise<number> {
  bench.progress(`profile: ${connections} connections, ${seconds} s`)
  const { load, numbers, target, service } = arena
  const arrival = { kind: 'closed', connections, seconds } as const
  const first = await numbers.take(mostImages(serviceProcessors(bench), seconds))
  const result = await load.ask<LoadResult>({ url: target.url, first, arrival })
  await service.settled()
  return result.images.count
}
