import type { ImageHeader } from './header/image-header.ts'
import type { Variant } from './image-key.ts'

const mebibyte = 1024 * 1024

/** Bytes that any decoder, the resizer and the encoder take, whatever the image. */
const base = 8 * mebibyte

/**
 * About how many bytes the decoding, resizing and encoding of an image take at once. Measured as
 * the growth of the resident set by `npm run bench -- memory`: most decoders work in strips, but
 * progressive JPEG holds its coefficients, interlaced PNG its samples, lossless WebP and GIF a
 * frame, AVIF its planes several times over, the result of an animation is held with all its frames,
 * and turning holds what was loaded of an image whole.
 */
export function memoryCost(header: ImageHeader, variant: Variant): number {
  const pixels = header.width * header.height
  const box = variant.width * variant.height
  const output = box * Math.max(8, 4 * header.frames)
  return base + output + decoderBytes(header, pixels, box) + turningBytes(header, variant, pixels)
}

function decoderBytes(header: ImageHeader, pixels: number, box: number): number {
  switch (header.format) {
    case 'jpeg':
      return header.progressive ? pixels * 3.2 : header.width * 64
    case 'png':
      return header.progressive
        ? pixels * header.channels * header.bytesPerSample * 1.2
        : header.width * header.channels * header.bytesPerSample * 1800
    case 'webp':
      if (header.frames > 1) return pixels * 8
      // Lossy ones shrink while they load.
      return header.progressive ? pixels * 4 : Math.min(pixels, box) * 5
    case 'gif':
      return pixels * (header.frames > 1 ? 9 : 6)
    case 'avif':
      return pixels * 19
  }
}

/** JPEG shrinks while it loads, by 2, 4 or 8, before it is turned; PNG is turned when it is small. */
function turningBytes(header: ImageHeader, variant: Variant, pixels: number): number {
  if (header.orientation === 1 || header.format === 'png') return 0
  const longestSide = Math.max(header.width, header.height)
  const shrink = longestSide / Math.max(variant.width, variant.height)
  const onLoad = header.format === 'jpeg' ? Math.min(8, 2 ** Math.floor(Math.log2(shrink))) : 1
  return (pixels / Math.max(1, onLoad) ** 2) * header.channels * header.bytesPerSample
}
