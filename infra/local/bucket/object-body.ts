import { closeSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { FileBody } from './file-body.ts'

/** Up to here one read without the thread pool costs less than the way there. */
const wholeBytes = 256 * 1024

/** The bytes `start` up to and without `end` of an open file; closes the file in the end. */
export function openBody(file: number, start: number, end: number): Readable {
  const length = end - start
  if (length > wholeBytes) return new FileBody(file, start, end)
  const buffer = Buffer.allocUnsafe(length)
  const bytesRead = length > 0 ? readSync(file, buffer, 0, length, start) : 0
  closeSync(file)
  return oneChunk(buffer.subarray(0, bytesRead))
}

function oneChunk(chunk: Buffer): Readable {
  return new Readable({
    read() {
      if (chunk.length > 0) this.push(chunk)
      this.push(null)
    },
  })
}
