import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { type Numbers, numbersOf, type Target } from '../compare.ts'
import { fairEnvironment } from '../image-environment.ts'
import { pictureFile } from '../pictures.ts'
import { rampMs } from '../processes/ramp.ts'
import { type Service, startService } from '../processes/service.ts'
import type { StoreCalls } from '../processes/store.ts'
import { type Running, startWorker, type Worker } from '../processes/worker.ts'
import { bucket, createSite, type Site } from '../site.ts'
import { requestUrl, variantOf, type Workload } from './workloads.ts'

/** Everything that a measurement of the service needs, running. */
export interface Arena {
  picture: string
  s3Port: number
  site: Site
  numbers: Numbers
  load: Worker
  service: Service
  target: Target
  storeCalls(): Promise<StoreCalls>
  /** Adds a process that ends with the arena. */
  keep<T extends Running>(running: T): T
}

/** How the service of an arena is started. */
export interface ServiceSetup {
  env?: Record<string, string>
  nodeOptions?: readonly string[]
}

/** Room for all of the connections: with the default queue many would measure refusals. */
export const longQueue = { QUEUE_LIMIT: '256' } as const

/** Processors of the service and of raw sharp. */
export function serviceProcessors({ pinned }: Bench): number {
  return pinned ? pinned.service.split(',').length : availableParallelism()
}

/** The same in words, for titles. */
export function countedProcessors(bench: Bench): string {
  const count = serviceProcessors(bench)
  return count === 1 ? '1 processor' : `${count} processors`
}

/**
 * Images that a service on so many processors can possibly answer in `seconds` behind a ramp: of
 * a photograph each makes not nearly 250 a second, and the main thread takes a millisecond for each.
 * With fewer originals than that, the last answers would be 404, and no rate could be told.
 */
export function mostImages(processors: number, seconds: number): number {
  return Math.ceil(Math.min(1_000, 250 * processors) * (seconds + rampMs / 1000)) + 512
}

/** Raw sharp with `threads` threads in libuv's pool, on the service's processors. */
export function startRawSharp(
  bench: Bench,
  threads: number,
  env: Readonly<Record<string, string>> = fairEnvironment,
): Promise<Worker> {
  return startWorker('raw-sharp', {
    cpus: bench.pinned?.service,
    env: { NODE_ENV: 'production', UV_THREADPOOL_SIZE: String(threads), ...env },
  })
}

/** Sets up store, service and load for `workload`, runs `measure`, and takes all down again. */
export async function inArena<T>(
  bench: Bench,
  workload: Workload,
  setup: ServiceSetup,
  measure: (arena: Arena) => Promise<T>,
): Promise<T> {
  const { folders, pinned } = bench
  await mkdir(folders.results, { recursive: true })
  const picture = await pictureFile(folders.pictures, workload.picture)
  const site = await createSite(folders.data, picture)
  const running: Running[] = []
  const keep = <R extends Running>(started: R) => {
    running.push(started)
    return started
  }
  try {
    const store = keep(await startWorker('store', { cpus: pinned?.others }))
    const { port } = await store.ask<{ port: number }>({ open: { data: folders.data, bucket } })
    const load = keep(await startWorker('load', { cpus: pinned?.others }))
    const log = join(folders.results, 'service.log')
    const env = { ALLOWED_DIMENSIONS: variantOf(workload), ...setup.env }
    const service = keep(
      await startService(port, log, {
        cpus: pinned?.service,
        env,
        ...(setup.nodeOptions && { nodeOptions: setup.nodeOptions }),
      }),
    )
    const url = requestUrl(service.url, workload, site.template)
    const target = { name: 'service', pid: service.pid, url, settled: service.settled }
    const storeCalls = () => store.ask<StoreCalls>({ calls: true })
    return await measure({
      picture,
      s3Port: port,
      site,
      numbers: numbersOf(site),
      load,
      service,
      target,
      storeCalls,
      keep,
    })
  } finally {
    for (const process of running.reverse()) await process.stop()
    await site.remove()
  }
}
