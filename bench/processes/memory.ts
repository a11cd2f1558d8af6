import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { setUpCodecs } from '../../service/codecs.ts'
import { extensionOf, type Format, formatOf } from '../../service/formats.ts'
import { readImageHeader } from '../../service/header/read-image-header.ts'
import { memoryCost } from '../../service/memory-cost.ts'
import { resize } from '../../service/resize.ts'
import { serveTasks } from './serve-tasks.ts'
import { resetPeak, residentBytes } from './usage.ts'

/** Resize one picture, as the service does, in a process that did nothing before. */
export interface MemoryTask {
  file: string
  width: number
  height: number
}

/** Bytes by which the resident set grew, and what admission reckoned with. */
export interface MemoryResult {
  measured: number | undefined
  estimated: number
  megapixels: number
}

const limits = { maxPixels: 100_000_000, maxFrames: 250 }

setUpCodecs(['jpeg', 'png', 'webp', 'gif', 'avif'])
serveTasks<MemoryTask, MemoryResult>(async ({ file, width, height }) => {
  const original = await readFile(file)
  const format = formatOf(extensionOf(`x${extname(file)}`)) as Format
  const header = await readImageHeader(original, format, limits)
  const before = residentBytes(process.pid)
  resetPeak(process.pid)
  await resize(original, header, { width, height }, { timeoutMs: 60_000 })
  const after = residentBytes(process.pid)
  return {
    measured: before && after && after.peak - before.now,
    estimated: memoryCost(header, { width, height }),
    megapixels: (header.width * header.height * header.frames) / 1e6,
  }
})
