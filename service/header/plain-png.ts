import type { ImageHeader } from './image-header.ts'
import { pngChunks } from './png-chunks.ts'

/** Channels by colour type, without transparency (PNG 3rd edition, 11.2.1). */
const channelsOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 3],
  [4, 2],
  [6, 4],
])

const palette = 3

/** Where the first chunk has them, behind the signature, its own length and type, and the size. */
const depthAt = 24
const colourTypeAt = 25

const bitDepths: ReadonlySet<number> = new Set([1, 2, 4, 8, 16])

/** Chunks in front of the image data that say nothing of what is asked here. */
const passedOver: ReadonlySet<string> = new Set([
  ...['gAMA', 'cHRM', 'sRGB', 'sBIT', 'bKGD', 'hIST', 'pHYs', 'tIME'],
])

/** The largest of PNG's four-byte numbers (7.1). */
const maxSide = 2 ** 31 - 1

/**
 * The header of a PNG as most are: without a colour profile, EXIF or texts. Undefined for any
 * other, about which the decoder has the last word.
 * @param bytes of a file that begins as a PNG does
 */
export function plainPngHeader(bytes: Buffer): ImageHeader | undefined {
  let header: ImageHeader | undefined
  let colours = 0
  for (const { type, content } of pngChunks(bytes)) {
    const { length } = content
    if (!header) {
      header = type === 'IHDR' ? headerOf(content) : undefined
      if (!header) return undefined
    } else if (type === 'IDAT') {
      return header
    } else if (type === 'PLTE') {
      colours = length / 3
      if (colours > 2 ** (bytes[depthAt] as number)) return undefined
    } else if (type === 'tRNS') {
      // Opacities of the palette's first colours; elsewhere it is rare.
      const fits = length > 0 && length <= colours
      if (bytes[colourTypeAt] !== palette || header.channels !== 3 || !fits) return undefined
      header.channels = 4
    } else if (!passedOver.has(type)) {
      return undefined
    }
  }
  return undefined
}

function headerOf(content: Buffer): ImageHeader | undefined {
  if (content.length !== 13) return undefined
  const [depth = 0, colourType = 0, compression, filter, interlacing] = content.subarray(8)
  const width = content.readUInt32BE(0)
  const height = content.readUInt32BE(4)
  const channels = channelsOf.get(colourType)
  const isUsual = compression === 0 && filter === 0 && (interlacing === 0 || interlacing === 1)
  const hasSize = width > 0 && width <= maxSide && height > 0 && height <= maxSide
  if (!isUsual || !hasSize || !bitDepths.has(depth) || channels === undefined) return undefined
  return {
    format: 'png',
    width,
    height,
    orientation: 1,
    frames: 1,
    channels,
    bytesPerSample: depth === 16 ? 2 : 1,
    hasProfile: false,
    progressive: interlacing === 1,
    sampling: 1,
  }
}
