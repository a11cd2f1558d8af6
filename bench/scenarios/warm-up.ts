import type { Bench } from '../bench.ts'
import type { Target } from '../compare.ts'
import { pictureFile } from '../pictures.ts'
import type { LoadResult } from '../processes/load-recorder.ts'
import type { Arena } from './arena.ts'
import type { Workload } from './workloads.ts'

const seconds = 20
/** So many that some wait in the queue, and few enough for it. */
const connections = 16
/** More than are made in the time: each takes a millisecond of the main thread. */
const images = 1_000 * seconds

/**
 * Has each of `targets` make thousands of variants of a small picture, as many as it can: V8 compiles
 * for speed what ran often, and a server that makes 40 large ones a second would be measured for
 * minutes before it is what it will be for weeks. One that names its originals in its own way is left
 * as it is.
 */
export async function warmUp(
  bench: Bench,
  arena: Arena,
  workload: Workload,
  targets: readonly Target[] = [arena.target],
): Promise<void> {
  const { load, site } = arena
  const series = await site.addSeries(await pictureFile(bench.folders.pictures, 'small.jpg'))
  await series.grow(images)
  const arrival = { kind: 'closed', connections, seconds } as const
  for (const target of targets) {
    const url = target.url.replace(site.template, series.template)
    if (url === target.url) continue
    bench.progress(`${workload.title}: ${target.name}, small images for ${seconds} s to warm up`)
    await load.ask<LoadResult>({ url, first: 0, arrival })
    await target.settled()
  }
}
