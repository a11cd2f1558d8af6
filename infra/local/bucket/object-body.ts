import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** Up to here one read is cheaper than a stream. */
const wholeBytes = 256 * 1024

/** Large, because each chunk costs a round trip through the thread pool. */
const chunkBytes = 512 * 1024

/** The bytes `start` up to and without `end` of a file; closes the file in the end. */
export async function openBody(file: FileHandle, start: number, end: number): Promise<Readable> {
  const length = end - start
  if (length > wholeBytes) {
    return file.createReadStream({ start, end: end - 1, highWaterMark: chunkBytes })
  }
  try {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await file.read(buffer, 0, length, start)
    return oneChunk(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

function oneChunk(chunk: Buffer): Readable {
  return new Readable({
    read() {
      if (chunk.length > 0) this.push(chunk)
      this.push(null)
    },
  })
}
