import sharp, { type Sharp } from 'sharp'
import { type Dimensions, fitInside } from './dimensions.ts'
import { RightsizeError } from './errors.ts'
import type { Format } from './formats.ts'
import { type ImageHeader, orientedSize } from './header/image-header.ts'
import type { Variant } from './image-key.ts'
import { missingProfile, withProfile } from './png-colour/with-profile.ts'
import { resizeAnimation } from './resize-animation.ts'
import { withScanParameters, wrongParametersAt } from './scan-parameters.ts'

/**
 * What the encoders are told. AVIF's scale is another one: its 50 looks like JPEG's 80, and effort
 * above 2 buys next to nothing at thumbnail sizes for many times the work. A GIF gets a palette of its
 * own: the original's has none of the colours that lie between two of its own, so that lines lose
 * their smooth edges. To make one at the usual effort of 7 takes up to three times as long for hardly
 * fewer errors.
 */
const encoders: Readonly<Record<Format, (image: Sharp) => Sharp>> = {
  jpeg: (image) => image.jpeg({ quality: 80 }),
  png: (image) => image.png(),
  webp: (image) => image.webp({ quality: 80 }),
  gif: (image) => image.gif({ reuse: false, effort: 4 }),
  avif: (image) => image.avif({ quality: 50, effort: 2 }),
}

/**
 * Resizes an original into the box of `variant` as `fitInside` has it, with its EXIF orientation
 * applied, converted to sRGB, without metadata, in its own format.
 * @param header what `readImageHeader` read from the same bytes
 * @param timeoutMs after which sharp gives up, as far as the codec looks up from its work
 * @throws RightsizeError `undecodable` or `deadline`
 */
export async function resize(
  original: Buffer,
  header: ImageHeader,
  variant: Variant,
  { timeoutMs }: { timeoutMs: number },
): Promise<Buffer> {
  const size = fitInside(orientedSize(header), variant)
  const end = performance.now() + timeoutMs
  const timeLeft = () => secondsUntil(end)
  const encoded = (image: Sharp) => encoders[header.format](image.timeout(timeLeft())).toBuffer()
  try {
    if (header.frames > 1) {
      return await encoded(await resizeAnimation(original, header.format, header, size, timeLeft))
    }
    return await encoded(resizeStill(...forDecoder(original, header), size))
  } catch (error) {
    if (error instanceof RightsizeError) throw error
    // Not by its message: libvips' are those of all pictures that fail in the process at once.
    const code = performance.now() >= end ? 'deadline' : 'undecodable'
    throw new RightsizeError(code, { cause: error })
  }
}

/** A still image as its decoder understands it, and what its header says then. */
function forDecoder(original: Buffer, header: ImageHeader): [Buffer, ImageHeader] {
  switch (header.format) {
    case 'jpeg':
      return [withScanParameters(original), header]
    case 'png': {
      const profiled = withProfile(original)
      return [profiled, { ...header, hasProfile: header.hasProfile || profiled !== original }]
    }
    default:
      return [original, header]
  }
}

/** Bytes of the copy that `resize` makes of an original which its decoder would misread. */
export function copyBytes(original: Buffer, { format }: ImageHeader): number {
  const isMended =
    (format === 'jpeg' && wrongParametersAt(original) !== undefined) ||
    (format === 'png' && missingProfile(original) !== undefined)
  return isMended ? original.length : 0
}

function resizeStill(original: Buffer, header: ImageHeader, { width, height }: Dimensions): Sharp {
  const image = sharp(original, {
    autoOrient: header.orientation !== 1,
    pages: 1,
    // The header was checked against the limits of the configuration.
    limitInputPixels: false,
  }).resize(width, height, { fit: 'fill' })
  if (needsItsProfile(header)) {
    image.withIccProfile('srgb', { attach: false })
    // As grey: once it is taken for sRGB its profile does not fit.
    if (header.channels < 3) image.toColourspace('b-w')
  }
  return image
}

/** The time left until `end`, in the whole seconds that sharp counts in. */
function secondsUntil(end: number): { seconds: number } {
  const left = end - performance.now()
  if (left <= 0) throw new RightsizeError('deadline')
  return { seconds: Math.ceil(left / 1000) }
}

/**
 * sharp takes colours of 16 bits from their profile to Display P3, not sRGB, and greys nowhere; it
 * goes on from there only when it is told to. Without a profile they are taken for sRGB, and must
 * be left alone.
 */
function needsItsProfile({ hasProfile, bytesPerSample }: ImageHeader): boolean {
  return hasProfile && bytesPerSample === 2
}
