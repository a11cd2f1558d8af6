import type { Bench } from '../bench.ts'
import { fairEnvironment } from '../image-environment.ts'
import { type PictureName, pictureFile } from '../pictures.ts'
import type { MemoryResult } from '../processes/memory.ts'
import { startWorker } from '../processes/worker.ts'
import type { Cell } from '../report/table.ts'

const mebibyte = 1024 * 1024

const shrunk: readonly PictureName[] = [
  '48mp-baseline.jpg',
  '48mp-progressive.jpg',
  '48mp-progressive-444.jpg',
  '48mp-progressive-cmyk.jpg',
  '48mp-progressive-grey.jpg',
  '48mp-turned.jpg',
  '48mp-plain.png',
  '48mp-interlaced.png',
  '48mp-alpha.png',
  '48mp-alpha16.png',
  '48mp-turned.png',
  '48mp-lossy.webp',
  '48mp-lossless.webp',
  '48mp-still.gif',
  '24mp-still.avif',
  '16mp-12bit.avif',
  '16mp-alpha.avif',
  'animated-12-frames.gif',
  'animated-12-frames.webp',
  'photo-12mp.jpg',
  'photo-2mp.png',
]

const large: readonly PictureName[] = [
  '48mp-baseline.jpg',
  '48mp-progressive-444.jpg',
  '48mp-plain.png',
  '48mp-lossy.webp',
  '48mp-lossless.webp',
  '48mp-still.gif',
  '16mp-12bit.avif',
  '16mp-alpha.avif',
]

const enlarged: readonly PictureName[] = [
  'small-square.jpg',
  'small-square.png',
  'small-square.webp',
  'small-alpha.webp',
  'small-2-frames.webp',
  'alpha-2-frames.webp',
  'small-square.gif',
  'small-2-frames.gif',
  'small-square.avif',
  'small-alpha.avif',
  '3mp-square.jpg',
  '3mp-turned.jpg',
  '3mp-turned.png',
  '3mp-alpha.png',
  '3mp-square.webp',
  '3mp-alpha.webp',
  '3mp-square.gif',
  '3mp-square.avif',
  '3mp-alpha.avif',
]

/** Those whose strips take more than their pixels. */
const flat: readonly PictureName[] = [
  'wide-baseline.jpg',
  'wide-plain.png',
  'wide-interlaced-alpha.png',
  'wide-lossless.webp',
  'wide-still.gif',
  'wide-still.avif',
  'wide-alpha.avif',
  'wide-2-frames.webp',
  'wider-plain.png',
  'wider-interlaced.png',
  'wider-still.gif',
]

/** Those whose frames are too many for a large variant: `MAX_PIXELS` is over all of them. */
const long: readonly PictureName[] = ['animated-250-frames.gif', 'animated-250-frames.webp']

const thumbnail = { width: 150, height: 200 }

const poster = { width: 2000, height: 2000 }

const teaser = { width: 600, height: 300 }

const boxes = [thumbnail, teaser, poster]

const medium = { width: 400, height: 400 }

/** The longest side of a variant, unless it is configured otherwise. */
const largest = { width: 4096, height: 4096 }

const cases = [
  ...shrunk.flatMap((name) => boxes.map((box) => ({ name, box }))),
  ...long.flatMap((name) => [thumbnail, medium].map((box) => ({ name, box }))),
  ...large.map((name) => ({ name, box: largest })),
  ...flat.flatMap((name) => [teaser, largest].map((box) => ({ name, box }))),
  ...enlarged.flatMap((name) => [poster, largest].map((box) => ({ name, box }))),
]

/** What decoding and resizing take of memory by kind of picture, beside what admission reserves. */
export async function memory(bench: Bench): Promise<void> {
  const rows: Cell[][] = []
  for (const { name, box } of cases) {
    const to = `${box.width}x${box.height}`
    bench.progress(`memory: ${name} to ${to}`)
    const file = await pictureFile(bench.folders.pictures, name)
    const { measured, estimated, megapixels } = await measure(bench, { file, ...box })
    rows.push([
      name,
      to,
      megapixels,
      measured && measured / mebibyte,
      estimated / mebibyte,
      measured && (estimated / measured).toFixed(2),
    ])
  }
  bench.table({
    title: 'Memory of one resize in a fresh process',
    columns: ['picture', 'to', 'megapixels', 'measured MiB', 'reserved MiB', 'reserved / measured'],
    rows,
    notes: ['Measured is the growth of the resident set, without the bytes of the original.'],
  })
}

async function measure(bench: Bench, task: object): Promise<MemoryResult> {
  const env = { ...fairEnvironment, UV_THREADPOOL_SIZE: '4' }
  const worker = await startWorker('memory', { cpus: bench.pinned?.service, env })
  try {
    return await worker.ask<MemoryResult>(task)
  } finally {
    await worker.stop()
  }
}
