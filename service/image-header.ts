import sharp from 'sharp'
import { fitInside } from './dimensions.ts'
import { RightsizeError } from './errors.ts'
import { type Format, mediaType, sniff } from './formats.ts'
import type { Variant } from './image-key.ts'

/** What the header of an original says. */
export interface ImageHeader {
  format: Format
  /** Pixels of one frame as stored, before the EXIF orientation is applied. */
  width: number
  height: number
  /** EXIF orientation, 1 to 8; 1 for an animation, which is never turned. */
  orientation: number
  /** Frames of an animation; 1 for a still image. */
  frames: number
  channels: number
  bytesPerSample: number
  /** Whether a colour profile is embedded. */
  hasProfile: boolean
  /** Whether decoders hold the whole image: interlaced, progressive, or WebP that may be lossless. */
  progressive: boolean
}

/** What an original may be at most. */
export interface HeaderLimits {
  /** Summed over all frames. */
  maxPixels: number
  maxFrames: number
}

/**
 * Reads the header of an original without decoding its pixels, and holds it against its name and
 * the limits.
 * @param expected the format that the name promises
 * @throws RightsizeError `type_mismatch`, `undecodable`, `too_many_pixels` or `too_many_frames`
 */
export async function readImageHeader(
  original: Buffer,
  expected: Format,
  limits: HeaderLimits,
): Promise<ImageHeader> {
  checkType(original, expected)
  const metadata = await sharp(original, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new RightsizeError('undecodable', { cause })
    })
  const canMove = expected === 'gif' || expected === 'webp'
  const frames = canMove ? (metadata.pages ?? 1) : 1
  const header: ImageHeader = {
    format: expected,
    width: metadata.width,
    height: metadata.height,
    orientation: frames > 1 ? 1 : (metadata.orientation ?? 1),
    frames,
    channels: metadata.channels,
    bytesPerSample: /^(uchar|char)$/.test(metadata.depth) ? 1 : 2,
    hasProfile: metadata.hasProfile,
    progressive: expected === 'webp' ? !isPlainLossyWebp(original) : metadata.isProgressive,
  }
  checkLimits(header, limits)
  return header
}

/** Width and height of one frame as the viewer sees it, in pixels. */
export function orientedSize(header: ImageHeader): { width: number; height: number } {
  const { width, height } = header
  return header.orientation >= 5 ? { width: height, height: width } : { width, height }
}

/**
 * Refuses to enlarge an animation beyond what an original may have: every frame of the result is
 * held at once.
 * @throws RightsizeError `too_many_pixels`
 */
export function checkResult(
  header: ImageHeader,
  variant: Variant,
  { maxPixels }: Pick<HeaderLimits, 'maxPixels'>,
): void {
  const { width, height } = fitInside(orientedSize(header), variant)
  const pixels = width * height * header.frames
  if (header.frames === 1 || pixels <= maxPixels) return
  const message = `The resized image would have ${pixels} pixels; at most ${maxPixels} are allowed.`
  throw new RightsizeError('too_many_pixels', { message })
}

/** The simple file format of WebP's container: one lossy image, with neither alpha nor metadata. */
function isPlainLossyWebp(original: Buffer): boolean {
  return original.toString('latin1', 12, 16) === 'VP8 '
}

function checkType(original: Buffer, expected: Format): void {
  const found = sniff(original)
  if (found === expected) return
  const message = `The original is not ${mediaType(expected)} as its name says, but ${
    found ? mediaType(found) : 'something else'
  }.`
  throw new RightsizeError('type_mismatch', { message })
}

function checkLimits({ width, height, frames }: ImageHeader, limits: HeaderLimits): void {
  if (frames > limits.maxFrames) {
    const message = `The original has ${frames} frames; at most ${limits.maxFrames} are allowed.`
    throw new RightsizeError('too_many_frames', { message })
  }
  const pixels = width * height * frames
  if (pixels > limits.maxPixels) {
    const message = `The original has ${pixels} pixels; at most ${limits.maxPixels} are allowed.`
    throw new RightsizeError('too_many_pixels', { message })
  }
}
