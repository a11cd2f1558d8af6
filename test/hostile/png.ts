import { crc32, deflateSync } from 'node:zlib'

/** PNG files by the letter of the specification, or against it. */

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** One chunk; `crc` other than its own makes it a damaged one. */
export function chunk(type: string, data: Buffer, crc?: number): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc ?? crc32(typed))
  return Buffer.concat([length, typed, check])
}

/** What an `IHDR` chunk says (PNG, 11.2.2). */
export interface Header {
  width: number
  height: number
  /** Bits of a sample. */
  depth?: number
  /** 0 grey, 2 RGB, 3 palette, 6 RGBA. */
  colour?: number
  interlaced?: boolean
}

/** The data of an `IHDR` chunk. */
export function headerData({ width, height, depth = 8, colour = 0, interlaced }: Header): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8)
  return data
}

/** A PNG of the given chunks between signature and `IEND`. */
export function png(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([signature, ...chunks, chunk('IEND', Buffer.alloc(0))])
}

/** A black grey picture whose pixels are all there; `before` goes in front of them. */
export function blackPng(header: Header, ...before: readonly Buffer[]): Buffer {
  const rows = deflateSync(Buffer.alloc(blackBytes(header)), { level: 1 })
  return png(chunk('IHDR', headerData(header)), ...before, chunk('IDAT', rows))
}

/** Bytes of all scan lines with their filter bytes, over the seven passes of Adam7 if interlaced. */
function blackBytes({ width, height, depth = 8, interlaced }: Header): number {
  const bytes = (columns: number, rows: number) =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * depth) / 8))
  if (!interlaced) return bytes(width, height)
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const
  return passes.reduce((sum, [x, y, dx, dy]) => {
    const columns = Math.max(0, Math.ceil((width - x) / dx))
    return sum + bytes(columns, Math.max(0, Math.ceil((height - y) / dy)))
  }, 0)
}
