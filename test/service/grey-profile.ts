import { deflateSync } from 'node:zlib'
import { chunk, headerData, png } from '../hostile/png.ts'

/** White as profiles have it, D50, in their numbers of 16 bits behind the point (ICC.1:2010, 7.2.16). */
const d50 = [0xf6d6, 0x10000, 0xd32d]

/** The text and the numbers of four bytes, one behind the other. */
function bytesOf(...parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1')
      const number = Buffer.alloc(4)
      number.writeUInt32BE(part)
      return number
    }),
  )
}

/** A colour profile of grey samples that follow light by `gamma` (ICC.1:2010, 8.4.3). */
function greyProfile(gamma: number): Buffer {
  const curve = Buffer.from([Math.floor(gamma), Math.round((gamma % 1) * 256), 0, 0])
  const tags: readonly [name: string, content: Buffer][] = [
    ['wtpt', bytesOf('XYZ ', 0, ...d50)],
    ['kTRC', Buffer.concat([bytesOf('curv', 0, 1), curve])],
  ]
  const headBytes = 128
  let end = headBytes + 4 + 12 * tags.length
  const table = tags.map(([name, content]) => {
    const entry = bytesOf(name, end, content.length)
    end += content.length
    return entry
  })
  const head = Buffer.alloc(headBytes)
  bytesOf(end, 0, 0x02400000, 'mntrGRAYXYZ ').copy(head)
  bytesOf('acsp').copy(head, 36)
  bytesOf(...d50).copy(head, 68)
  const contents = tags.map(([, content]) => content)
  return Buffer.concat([head, bytesOf(tags.length), ...table, ...contents])
}

/** A chunk with the colour profile of such samples. */
export function profileChunk(gamma: number): Buffer {
  return chunk('iCCP', Buffer.concat([bytesOf('grey\0\0'), deflateSync(greyProfile(gamma))]))
}

/**
 * A PNG of one grey in samples of 16 bits, with a profile of their own.
 * @param grey of 255
 * @param alpha of 255; none unless given
 */
export function deepGrey(
  { width, height }: { width: number; height: number },
  grey: number,
  { gamma, alpha }: { gamma: number; alpha?: number },
): Buffer {
  const samples = alpha === undefined ? [grey, grey] : [grey, grey, alpha, alpha]
  const row = Buffer.concat([
    Buffer.alloc(1),
    Buffer.alloc(width * samples.length, Buffer.from(samples)),
  ])
  const header = headerData({ width, height, depth: 16, colour: alpha === undefined ? 0 : 4 })
  return png(
    chunk('IHDR', header),
    profileChunk(gamma),
    chunk('IDAT', deflateSync(Buffer.concat(Array<Buffer>(height).fill(row)))),
  )
}
