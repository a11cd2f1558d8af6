import { deflateSync } from 'node:zlib'
import { type HostileOriginal, html, okOrUndecodable, type Scale } from './original.ts'
import { blackPng, chunk, headerData, png } from './png.ts'

/** PNG files with too many pixels, for their bytes or for any decoder. */
export function pngBombs({ bombSide: side, largestSide }: Scale): HostileOriginal[] {
  return [
    {
      name: 'bomb.png',
      bytes: blackPng({ width: side, height: side, depth: 1 }),
      statuses: [422],
    },
    {
      name: 'interlaced-bomb.png',
      bytes: blackPng({ width: side, height: side, depth: 1, interlaced: true }),
      statuses: [422],
    },
    {
      name: 'largest-interlaced.png',
      bytes: blackPng({ width: largestSide, height: largestSide, interlaced: true }),
      statuses: [200],
      size: [150, 150],
    },
    {
      name: 'largest-size.png',
      bytes: png(chunk('IHDR', headerData({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 }))),
      statuses: [422],
    },
    {
      name: 'no-width.png',
      bytes: png(chunk('IHDR', headerData({ width: 0, height: 9 }))),
      statuses: [422],
    },
    {
      name: 'wide.png',
      bytes: blackPng({ width: 65_535, height: 1 }),
      statuses: [200],
      size: [150, 1],
    },
    {
      name: 'tall.png',
      bytes: blackPng({ width: 1, height: 65_535 }),
      statuses: [200],
      size: [1, 200],
    },
  ]
}

/** PNG files whose chunks are too large, too many, damaged or missing. */
export function pngChunks({ textBytes }: Scale): HostileOriginal[] {
  const header = { width: 40, height: 30 }
  const text = (type: string, between: string, bytes: Buffer) =>
    chunk(type, Buffer.concat([Buffer.from(`k${between}`, 'latin1'), bytes]))
  const folded = deflateSync(Buffer.alloc(textBytes, 65), { level: 1 })
  const size = [150, 113] as const
  return [
    {
      name: 'text-bomb.png',
      bytes: blackPng(header, text('zTXt', '\0\0', folded)),
      statuses: okOrUndecodable,
      size,
    },
    {
      name: 'international-text-bomb.png',
      bytes: blackPng(header, text('iTXt', '\0\x01\0\0\0', folded)),
      statuses: okOrUndecodable,
      size,
    },
    {
      name: 'profile-bomb.png',
      bytes: blackPng(header, text('iCCP', '\0\0', folded)),
      statuses: okOrUndecodable,
      size,
    },
    {
      name: 'many-chunks.png',
      bytes: blackPng(
        header,
        ...Array.from({ length: 50_000 }, () => text('tEXt', '\0', Buffer.from(html))),
      ),
      statuses: okOrUndecodable,
      payload: 'alert',
      size,
    },
    {
      name: 'unknown-critical-chunk.png',
      bytes: blackPng(header, chunk('EVIL', Buffer.from(html))),
      statuses: okOrUndecodable,
      payload: 'alert',
    },
    {
      name: 'chunk-without-end.png',
      bytes: Buffer.concat([blackPng(header).subarray(0, 33), Buffer.from('7fffffff', 'hex')]),
      statuses: [422],
    },
    {
      name: 'wrong-crc-of-header.png',
      bytes: png(
        chunk('IHDR', headerData(header), 1),
        chunk('IDAT', deflateSync(Buffer.alloc(1230))),
      ),
      statuses: [422],
    },
    {
      name: 'wrong-crc-of-pixels.png',
      bytes: png(
        chunk('IHDR', headerData(header)),
        chunk('IDAT', deflateSync(Buffer.alloc(1230)), 1),
      ),
      statuses: [422],
    },
    {
      name: 'pixels-missing.png',
      bytes: png(chunk('IHDR', headerData(header))),
      statuses: [422],
    },
    {
      name: 'pixels-not-deflated.png',
      bytes: png(chunk('IHDR', headerData(header)), chunk('IDAT', Buffer.alloc(5000, 7))),
      statuses: [422],
    },
    {
      name: 'palette-missing.png',
      bytes: png(
        chunk('IHDR', headerData({ ...header, colour: 3 })),
        chunk('IDAT', deflateSync(Buffer.alloc(1230))),
      ),
      statuses: [422],
    },
    {
      name: 'archive-behind.png',
      bytes: Buffer.concat([blackPng(header), Buffer.from(`PK\x03\x04${html}`, 'latin1')]),
      statuses: [200],
      payload: 'alert',
      size,
    },
  ]
}
