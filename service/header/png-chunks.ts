import { crc32 } from 'node:zlib'

export const signatureBytes = 8
/** Of a chunk: its length, its type and its checksum (PNG 3rd edition, 5.3). */
export const frameBytes = 12

/** Ordinary files have a handful in front of their pixels. */
const mostChunks = 1000

/** A chunk, and where in the file it begins and ends, its length and its checksum included. */
export interface Chunk {
  type: string
  content: Buffer
  start: number
  end: number
}

/**
 * The first 1000 chunks of a file, up to one whose content breaks off.
 * @param bytes of a file that begins as a PNG does
 */
export function* pngChunks(bytes: Buffer): Generator<Chunk> {
  let start = signatureBytes
  for (let count = 0; count < mostChunks && start + frameBytes <= bytes.length; count++) {
    const length = bytes.readUInt32BE(start)
    const type = bytes.toString('latin1', start + 4, start + 8)
    const content = bytes.subarray(start + 8, start + 8 + length)
    if (content.length < length) return
    const end = start + frameBytes + length
    yield { type, content, start, end }
    start = end
  }
}

/** Whether the checksum of a chunk of `bytes` is there and right. */
export function isIntact(bytes: Buffer, { start, end }: Chunk): boolean {
  if (end > bytes.length) return false
  return crc32(bytes.subarray(start + 4, end - 4)) === bytes.readUInt32BE(end - 4)
}
