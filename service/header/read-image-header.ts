import sharp from 'sharp'
import { RightsizeError } from '../errors.ts'
import { type Format, mediaType, sniff } from '../formats.ts'
import type { ImageHeader } from './image-header.ts'
import { checkLimits, type HeaderLimits } from './limits.ts'

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
