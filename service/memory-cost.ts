import { fitInside } from './dimensions.ts'
import { type ImageHeader, orientedSize } from './header/image-header.ts'
import type { Variant } from './image-key.ts'

const mebibyte = 1024 * 1024

/** Bytes that any decoder, the resizer and the encoder take, whatever the image. */
const base = 8 * mebibyte

/**
 * About how many bytes the decoding, resizing and encoding of an image take at once. Measured as
 * the growth of the resident set by `npm run bench -- memory`: most decoders work in strips, but
 * progressive JPEG holds its coefficients, interlaced PNG its samples, lossless WebP and GIF a
 * frame, AVIF its planes several times over, the result of an animation is held with all its frames,
 * and turning holds what was loaded of an image whole. Encoders hold the result, most of them several
 * times over; how often depends on the picture, which no header tells: noise takes the most.
 */
export function memoryCost(header: ImageHeader, variant: Variant): number {
  const pixels = header.width * header.height
  const { width, height } = fitInside(orientedSize(header), variant)
  return base + codecBytes(header, pixels, width * height) + turningBytes(header, variant, pixels)
}

function codecBytes(header: ImageHeader, pixels: number, result: number): number {
  const { width, channels, bytesPerSample, frames, progressive } = header
  const moves = frames > 1
  const hasAlpha = channels > 3
  switch (header.format) {
    case 'jpeg': {
      const coefficients = pixels * channels * header.sampling
      return (progressive ? coefficients * 2.1 : width * 64) + result * 9.5
    }
    case 'png': {
      const pixelBytes = channels * bytesPerSample
      const decoder = progressive ? pixels * pixelBytes * 1.2 : width * pixelBytes * 1800
      // Noise is as long when it is compressed.
      return decoder + result * pixelBytes
    }
    case 'webp': {
      // Lossy ones shrink while they load: that takes less than the encoder does.
      const decoder = progressive ? pixels * (moves ? 8 : 4) : 0
      // Alpha is compressed without loss, as are the changes from one frame to the next.
      const encoder = result * (hasAlpha || moves ? 40 : 18)
      return Math.max(decoder + result * 4 * frames, encoder)
    }
    case 'gif': {
      const colours = Math.min(result * 16, 64 * mebibyte)
      const encoder = colours + result * (moves ? 12 : 10)
      return pixels * (moves ? 9 : 6) + Math.max(encoder, result * 4 * frames)
    }
    case 'avif': {
      const decoder = pixels * (bytesPerSample > 1 ? 27 : 20)
      // The planes stay when the decoder has gone.
      const encoder = pixels * bytesPerSample * 6 + result * (hasAlpha ? 46 : 33)
      return Math.max(decoder, encoder)
    }
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
