import type { Bench } from '../bench.ts'
import { fairEnvironment } from '../image-environment.ts'
import { type PictureName, pictureFile } from '../pictures.ts'
import type { MemoryResult } from '../processes/memory.ts'
import { startWorker } from '../processes/worker.ts'
import type { Cell } from '../report/table.ts'

const mebibyte = 1024 * 1024

const pictures: readonly PictureName[] = [
  '48mp-baseline.jpg',
  '48mp-progressive.jpg',
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
  'animated-12-frames.gif',
  'animated-12-frames.webp',
  'photo-12mp.jpg',
  'photo-2mp.png',
]

const boxes = [
  { width: 150, height: 200 },
  { width: 600, height: 300 },
  { width: 2000, height: 2000 },
]

/** What decoding and resizing take of memory by kind of picture, beside what admission reserves. */
export async function memory(bench: Bench): Promise<void> {
  const rows: Cell[][] = []
  for (const name of pictures) {
    bench.progress(`memory: ${name}`)
    const file = await pictureFile(bench.folders.pictures, name)
    for (const box of boxes) {
      const { measured, estimated, megapixels } = await measure(bench, { file, ...box })
      rows.push([
        name,
        `${box.width}x${box.height}`,
        megapixels,
        measured && measured / mebibyte,
        estimated / mebibyte,
        measured && (estimated / measured).toFixed(2),
      ])
    }
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
