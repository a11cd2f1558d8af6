import { crc32, deflateSync } from 'node:zlib'
import { frameBytes, signatureBytes } from '../header/png-chunks.ts'
import { colourSpaceOf } from './colour-chunks.ts'
import { iccProfile } from './icc-profile.ts'

/** Where the first chunk, `IHDR`, has its colour type, and where it ends (PNG 3rd edition, 11.2.1). */
const colourTypeAt = 25
const firstChunkEnd = signatureBytes + frameBytes + 13

/** The colour types of greys, without and with alpha. */
const greys: ReadonlySet<number | undefined> = new Set([0, 4])

/**
 * `png` with a profile of its colours, where it tells them by chunks that libvips does not read: it
 * takes what has no profile for sRGB. The profile stands in front of one that does not count, and
 * which decoders then pass over.
 * @param png whose header the decoder accepts
 * @returns `png` itself where it needs no other profile, or a copy
 */
export function withProfile(png: Buffer): Buffer {
  const profile = missingProfile(png)
  if (!profile) return png
  const [head, rest] = [png.subarray(0, firstChunkEnd), png.subarray(firstChunkEnd)]
  return Buffer.concat([head, profileChunk(profile), rest])
}

/** The profile that `withProfile` puts into a copy of `png`; undefined where it needs no other. */
export function missingProfile(png: Buffer): Buffer | undefined {
  const space = colourSpaceOf(png)
  return space && iccProfile(space, greys.has(png[colourTypeAt]))
}

/**
 * The chunk has a name, the only method of compression there is, and the profile (11.3.2.3). It is
 * not made shorter: libpng 1.6.58 was seen to refuse chunks of less than 92 bytes.
 */
function profileChunk(profile: Buffer): Buffer {
  const name = Buffer.from('iCCPcolours\0\0', 'latin1')
  const typed = Buffer.concat([name, deflateSync(profile, { level: 0 })])
  const chunk = Buffer.alloc(typed.length + 8)
  chunk.writeUInt32BE(typed.length - 4)
  typed.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(typed), chunk.length - 4)
  return chunk
}
