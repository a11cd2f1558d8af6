import { type Dimensions, fitInside } from './dimensions.ts'
import { type ImageHeader, orientedSize } from './header/image-header.ts'
import type { Variant } from './image-key.ts'
import { stripBytes, stripShare } from './strip-bytes.ts'

const mebibyte = 1024 * 1024

/** Bytes that any decoder, the resizer and the encoder take, whatever the image. */
const base = 8 * mebibyte

/**
 * About how many bytes the decoding, resizing and encoding of an image take at once. Measured as
 * the growth of the resident set by `npm run bench -- memory`: most decoders work in strips, but
 * progressive JPEG holds its coefficients, interlaced PNG its samples, lossless WebP and GIF a
 * frame, animated WebP all frames, AVIF its planes several times over. What is turned is held whole,
 * when it has its size. Encoders hold the result, most of them several times over; how often
 * depends on the picture, which no header tells: noise takes the most. Of pictures much wider than
 * high the strips tell more than the pixels.
 */
export function memoryCost(header: ImageHeader, variant: Variant): number {
  const pixels = header.width * header.height
  const size = fitInside(orientedSize(header), variant)
  const still = stillBytes(header, pixels, size)
  // Of a few wide and flat frames the formula for stills can tell more.
  if (header.frames > 1) return Math.max(still, base + animationBytes(header, pixels, size))
  return still + turningBytes(header, size.width * size.height)
}

function stillBytes(header: ImageHeader, pixels: number, size: Dimensions): number {
  const result = size.width * size.height
  const encoder = encoderBytes(header, pixels, result)
  const usual = base + codecBytes(header, pixels, result, encoder)
  const wide = Math.max(usual, stripBytes(header, orientedSize({ ...header, ...size }), encoder))
  const share = stripShare(header)
  return usual * (1 - share) + wide * share
}

function codecBytes(header: ImageHeader, pixels: number, result: number, encoder: number): number {
  const { width, height, channels, bytesPerSample, progressive } = header
  switch (header.format) {
    case 'jpeg': {
      const coefficients = pixels * channels * header.sampling
      // Strips of lines, as wide as the original or, where it is loaded smaller, as the result.
      const strips = Math.min(width * 2200, result * 3)
      return (progressive ? coefficients * 2.1 + result * 1.5 : strips) + encoder
    }
    case 'png': {
      const pixelBytes = channels * bytesPerSample
      // Three steps keep lines, none of them more than there are.
      const lines = Math.min(height * 3, 1800)
      const decoder = progressive ? pixels * pixelBytes * 1.2 : width * pixelBytes * lines
      return decoder + encoder
    }
    case 'webp': {
      // Lossy ones shrink while they load: that takes less than the encoder does.
      const decoder = progressive ? pixels * 4 + result * 4 : 0
      return Math.max(decoder, encoder)
    }
    case 'gif':
      return pixels * 6 + encoder
    case 'avif':
      return Math.max(pixels * (bytesPerSample > 1 ? 27 : 20), encoder)
  }
}

function encoderBytes(header: ImageHeader, pixels: number, result: number): number {
  const { channels, bytesPerSample } = header
  const hasAlpha = channels > 3
  switch (header.format) {
    case 'jpeg':
      return result * 8
    case 'png':
      // Greys become RGB, too. Noise is as long when it is compressed.
      return result * Math.max(channels * bytesPerSample, 3)
    case 'webp':
      // Alpha is compressed without loss.
      return result * (hasAlpha ? 42 : 18)
    case 'gif':
      return colourBytes(result, channels) + result * 10
    case 'avif':
      // The planes of the original stay when the decoder has gone.
      return pixels * bytesPerSample * 6 + result * (hasAlpha ? 50 : 36)
  }
}

/** What looking for the colours of a GIF's palette takes. */
function colourBytes(result: number, channels: number): number {
  return Math.min(result * (channels > 3 ? 40 : 16), 64 * mebibyte)
}

/**
 * Frames made narrower lie in memory until each has got its height, and the resized ones do so
 * twice: by themselves until they are collected, and in what is encoded. How many lines the strips
 * have is fitted to frames from 93 to 1,500 high.
 */
function animationBytes(header: ImageHeader, pixels: number, size: Dimensions): number {
  const { width, height, channels, frames } = header
  const result = size.width * size.height
  const narrow = Math.min(width, size.width) * height * channels * frames
  const resized = result * channels * frames
  // However flat its frames are: what makes them narrower takes them for one tall picture.
  const line = width * channels
  if (header.format === 'gif') {
    const decoder = Math.max(pixels * 9, line * 800)
    return decoder + narrow + resized * 2 + colourBytes(result, channels) + result * 14
  }
  const strips = line * Math.max(height * 4, 1050 + height * 1.3)
  const decoder = pixels * channels * frames + strips
  return narrow + resized + Math.max(decoder, resized + changesBytes(result, channels))
}

/** The changes from one frame to the next are compressed without loss, and alpha once more. */
function changesBytes(result: number, channels: number): number {
  return channels > 3 ? result * 48 + Math.min(result * 18, 18 * mebibyte) : result * 40
}

function turningBytes(header: ImageHeader, result: number): number {
  return header.orientation === 1 ? 0 : result * header.channels * header.bytesPerSample
}
