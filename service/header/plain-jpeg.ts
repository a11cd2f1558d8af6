import { exifOrientation } from './exif-orientation.ts'
import type { ImageHeader } from './image-header.ts'
import { frameSampling } from './jpeg-sampling.ts'
import { mostSegments, startOfScan } from './jpeg-segments.ts'

/** Markers in front of the first scan, each with a length (ITU-T T.81, table B.1). */
const baseline = 0xc0
const progressive = 0xc2
const exifData = 0xe1
const colourProfile = 0xe2
/** Huffman and quantization tables, the restart interval, a comment. */
const passedOver: ReadonlySet<number> = new Set([0xc4, 0xdb, 0xdd, 0xfe])

const isApplicationData = (marker: number) => marker >= 0xe0 && marker <= 0xef

const exifPrefix = 'Exif'
const exifHeader = 'Exif\0\0'
const profilePrefix = 'ICC_PROFILE'
/** The only part of a profile, the first of one (ICC.1:2010, B.4). */
const wholeProfile = 'ICC_PROFILE\0\x01\x01'

/** What a frame says of itself (ITU-T T.81, B.2.2). */
type Frame = Pick<ImageHeader, 'width' | 'height' | 'channels' | 'progressive' | 'sampling'>

/**
 * The header of a JPEG as nearly all are: 8 bits, baseline or progressive, in order. Undefined for
 * any other, about which the decoder has the last word.
 * @param bytes of a file that begins as a JPEG does
 */
export function plainJpegHeader(bytes: Buffer): ImageHeader | undefined {
  let frame: Frame | undefined
  let orientation: number | undefined
  let hasProfile = false
  let at = 2
  for (let count = 0; count < mostSegments; count++) {
    if (at + 4 > bytes.length || bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] as number
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    const content = bytes.subarray(at + 4, end)
    if (end < at + 4 || end > bytes.length) return undefined
    if (marker === startOfScan) {
      if (!frame || !isFirstScan(content, frame)) return undefined
      return { ...still, ...frame, orientation: orientation ?? 1, hasProfile }
    }
    if (marker === baseline || marker === progressive) {
      if (frame) return undefined
      frame = frameOf(content, marker === progressive)
      if (!frame) return undefined
    } else if (marker === exifData && startsWith(content, exifPrefix)) {
      if (orientation !== undefined || !startsWith(content, exifHeader)) return undefined
      orientation = exifOrientation(content.subarray(exifHeader.length))
      if (orientation === undefined) return undefined
    } else if (marker === colourProfile && startsWith(content, profilePrefix)) {
      if (hasProfile || !startsWith(content, wholeProfile)) return undefined
      hasProfile = content.length > wholeProfile.length
      if (!hasProfile) return undefined
    } else if (!isApplicationData(marker) && !passedOver.has(marker)) {
      return undefined
    }
    at = end
  }
  return undefined
}

const still = { format: 'jpeg', frames: 1, bytesPerSample: 1 } as const

function frameOf(content: Buffer, isProgressive: boolean): Frame | undefined {
  if (content.length < 6) return undefined
  const bits = content[0]
  const height = content.readUInt16BE(1)
  const width = content.readUInt16BE(3)
  const channels = content[5] as number
  const isUsual = bits === 8 && [1, 3, 4].includes(channels) && content.length === 6 + 3 * channels
  // A height of 0 is told behind the first scan.
  if (!isUsual || width === 0 || height === 0) return undefined
  const sampling = frameSampling(content)
  if (sampling === undefined) return undefined
  return { width, height, channels, progressive: isProgressive, sampling }
}

/** Whether a scan begins that, without progression, has all of the image (ITU-T T.81, B.2.3). */
function isFirstScan(content: Buffer, frame: Frame): boolean {
  const channels = content[0] ?? 0
  const isWhole = frame.progressive || channels === frame.channels
  return isWhole && content.length === 4 + 2 * channels
}

function startsWith(content: Buffer, text: string): boolean {
  return content.toString('latin1', 0, text.length) === text
}
