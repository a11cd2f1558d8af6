import type { Bench } from '../bench.ts'
import { pictureFile } from '../pictures.ts'
import type { LoadResult } from '../processes/load.ts'
import type { Arena } from './arena.ts'
import { requestUrl, type Workload } from './workloads.ts'

const images = 3_000
/** Slow enough to be admitted, all of them. */
const seconds = 20

/**
 * Has the service make thousands of variants of a small picture: V8 compiles for speed what ran
 * often, and a service that makes 40 large ones a second would be measured for a minute before it
 * is what it will be for weeks.
 */
export async function warmUp(bench: Bench, arena: Arena, workload: Workload): Promise<void> {
  bench.progress(`${workload.title}: warming up with ${images} small images`)
  const { load, service, site } = arena
  const series = await site.addSeries(await pictureFile(bench.folders.pictures, 'small.jpg'))
  await series.grow(images)
  const url = requestUrl(service.url, workload, series.template)
  const arrival = { kind: 'burst', count: images, seconds } as const
  await load.ask<LoadResult>({ url, first: 0, arrival })
  await service.settled()
}
