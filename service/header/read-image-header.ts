import { RightsizeError } from '../errors.ts'
import { type Format, mediaType, sniff } from '../formats.ts'
import { decoderHeader } from './decoder-header.ts'
import type { ImageHeader } from './image-header.ts'
import { checkLimits, type HeaderLimits } from './limits.ts'
import { plainJpegHeader } from './plain-jpeg.ts'
import { plainPngHeader } from './plain-png.ts'

/**
 * To open an image in its decoder takes more than a millisecond of processor time, with all that a
 * pipeline of sharp is; what an ordinary file says on its first pages takes next to none
 * (`npm run bench -- saturation`).
 */
const plainHeaders: Partial<Record<Format, (bytes: Buffer) => ImageHeader | undefined>> = {
  jpeg: plainJpegHeader,
  png: plainPngHeader,
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
  const header = plainHeaders[expected]?.(original) ?? (await decoderHeader(original, expected))
  checkLimits(header, limits)
  return header
}

function checkType(original: Buffer, expected: Format): void {
  const found = sniff(original)
  if (found === expected) return
  const message = `The original is not ${mediaType(expected)} as its name says, but ${
    found ? mediaType(found) : 'something else'
  }.`
  throw new RightsizeError('type_mismatch', { message })
}
