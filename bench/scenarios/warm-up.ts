import type { Bench } from '../bench.ts'
import { pictureFile } from '../pictures.ts'
import type { LoadResult } from '../processes/load-recorder.ts'
import type { Arena } from './arena.ts'
import { requestUrl, type Workload } from './workloads.ts'

const seconds = 20
/** So many that some wait in the queue, and few enough for it. */
const connections = 16
/** More than are made in the time: each takes a millisecond of the main thread. */
const images = 1_000 * seconds

/**
 * Has the service make thousands of variants of a small picture, as many as it can: V8 compiles for
 * speed what ran often, and a service that makes 40 large ones a second would be measured for
 * minutes before it is what it will be for weeks.
 */
export async function warmUp(bench: Bench, arena: Arena, workload: Workload): Promise<void> {
  bench.progress(`${workload.title}: warming up with small images for ${seconds} s`)
  const { load, service, site } = arena
  const series = await site.addSeries(await pictureFile(bench.folders.pictures, 'small.jpg'))
  await series.grow(images)
  const url = requestUrl(service.url, workload, series.template)
  const arrival = { kind: 'closed', connections, seconds } as const
  await load.ask<LoadResult>({ url, first: 0, arrival })
  await service.settled()
}
