import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { LoadResult } from '../processes/load.ts'
import { cpuSeconds } from '../processes/usage.ts'
import { type CpuProfile, selfTimeByFunction, selfTimeByPart } from '../report/cpu-profile.ts'
import { inArena } from './arena.ts'
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
  const { images, cpu } = await inArena(bench, workload, { nodeOptions }, async (arena) => {
    const { load, numbers, target, service } = arena
    bench.progress(`${workload.title}: ${connections} connections`)
    const arrival = { kind: 'closed', connections, seconds } as const
    const before = cpuSeconds(service.pid) ?? Number.NaN
    const result = await load.ask<LoadResult>({
      url: target.url,
      first: await numbers.take(10_000),
      arrival,
    })
    await service.settled()
    const after = cpuSeconds(service.pid) ?? Number.NaN
    return { images: result.images.count, cpu: after - before }
  })
  const [file] = await readdir(folder)
  if (!file) throw new Error(`there is no profile in ${folder}`)
  const read = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile
  for (const [what, times] of [
    ['part', selfTimeByPart(read)],
    ['function', selfTimeByFunction(read)],
  ] as const) {
    const busy = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    bench.table({
      title: `Main thread by ${what}: ${workload.title}`,
      columns: [what, 'ms/image', 'share %'],
      rows: times
        .slice(0, rows)
        .map(({ name, milliseconds }) => [
          name,
          milliseconds / images,
          (100 * milliseconds) / busy,
        ]),
      notes: [
        `${images} images; the process used ${((cpu * 1000) / images).toFixed(1)} ms of processor time an image, its main thread ${(busy / images).toFixed(1)} ms (start of the process included).`,
      ],
    })
  }
}
