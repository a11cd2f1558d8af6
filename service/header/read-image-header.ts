import { RightsizeError } from '../errors.ts'
import { type Format, mediaType, sniff } from '../formats.ts'
import { decoderHeader } from './decoder-header.ts'
import type { ImageHeader } from './image-header.ts'
import { checkLimits, type HeaderLimits } from './limits.ts'
import { plainHeader } from './plain-header.ts'

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
  const header = plainHeader(original, expected) ?? (await decoderHeader(original, expected))
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
