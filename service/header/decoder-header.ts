import sharp from 'sharp'
import { RightsizeError } from '../errors.ts'
import type { Format } from '../formats.ts'
import { breaksOff } from './gif-end.ts'
import type { ImageHeader } from './image-header.ts'
import { jpegSampling } from './jpeg-sampling.ts'
import { hasScan } from './jpeg-segments.ts'

/**
 * The header of an original as its decoder has it.
 * @throws RightsizeError `undecodable`
 */
export async function decoderHeader(original: Buffer, format: Format): Promise<ImageHeader> {
  if (format === 'gif' && breaksOff(original)) throw new RightsizeError('undecodable')
  if (format === 'jpeg' && !hasScan(original)) throw new RightsizeError('undecodable')

  const metadata = await sharp(original, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new RightsizeError('undecodable', { cause })
    })
  const canMove = format === 'gif' || format === 'webp'
  const frames = canMove ? (metadata.pages ?? 1) : 1
  return {
    format,
    width: metadata.width,
    height: metadata.height,
    orientation: frames > 1 ? 1 : (metadata.orientation ?? 1),
    frames,
    channels: metadata.channels,
    bytesPerSample: /^(uchar|char)$/.test(metadata.depth) ? 1 : 2,
    hasProfile: metadata.hasProfile,
    progressive: format === 'webp' ? !isPlainLossyWebp(original) : metadata.isProgressive,
    sampling: format === 'jpeg' ? jpegSampling(original) : 1,
  }
}

/** The simple file format of WebP's container: one lossy image, with neither alpha nor metadata. */
function isPlainLossyWebp(original: Buffer): boolean {
  return original.toString('latin1', 12, 16) === 'VP8 '
}
