import type { Dimensions } from './dimensions.ts'
import type { ImageHeader } from './header/image-header.ts'

/** What decoder, resizer and encoder take beside the lines of a wide picture. */
const apart = 2 * 1024 * 1024

/** Bytes of a pixel whose colours are multiplied by its alpha: four floats. */
const premultiplied = 16

/** How much wider than high a picture is from which on its strips begin to count, and do in full. */
const wide = { from: 4, full: 8 }

/**
 * How much of `stripBytes` counts, from 0 to 1: nothing of the pictures of usual shape, whose pixels
 * tell what they take.
 */
export function stripShare({ width, height }: Dimensions): number {
  const share = (width / height - wide.from) / (wide.full - wide.from)
  return Math.min(Math.max(share, 0), 1)
}

/**
 * About how many bytes a still image takes that is so much wider than high that its pixels tell too
 * little. libvips works in strips of whole lines, and each step keeps some of them: a picture of
 * twenty lines takes as much as if it had some hundred. The numbers are fitted to the growth of the
 * resident set, with widths from 1,000 to 60,000, heights from 8 to 2,000 and results up to 4,096
 * wide; which step keeps which lines is surmised, for only their sum was measured. 0 for WebP, which
 * takes what its pixels tell, however wide it is.
 * @param result the size before it is turned, in pixels
 * @param encoder bytes that the encoder takes
 */
export function stripBytes(header: ImageHeader, result: Dimensions, encoder: number): number {
  const { format, width, height, channels, bytesPerSample, progressive } = header
  const pixels = width * height
  switch (format) {
    case 'jpeg': {
      const coefficients = progressive ? pixels * channels * header.sampling * 2.1 : 0
      // Loaded at a half, a quarter or an eighth, as long as that is not smaller than the result.
      const loaded = Math.min(width, result.width * 2)
      const lines = Math.min((height / width) * loaded + 200, 450)
      // Of four inks colours are made, too.
      const strips = loaded * lines * (channels > 3 ? 10 : channels * 2)
      return apart + coefficients + strips + encoder
    }
    case 'png': {
      const samples = pixels * channels * bytesPerSample
      const decoder = progressive ? samples * 1.05 : aheadBytes(header)
      return apart + decoder + resizerBytes(header, result) + encoder
    }
    case 'gif': {
      // The decoder's frame has alpha, whatever is made of it.
      const decoder = pixels * 4 + aheadBytes(header)
      return apart + decoder + resizerBytes(header, result) + encoder
    }
    case 'avif': {
      // Blocks are up to 128 lines high, however few the picture has; alpha has its own.
      const more = channels > 3 || bytesPerSample > 1
      const decoder = pixels * (bytesPerSample > 1 ? 23 : 17) + width * (more ? 4200 : 2700)
      // The encoder's blocks have borders above and below.
      return apart + Math.max(decoder, encoder) + result.width * (more ? 7300 : 2300)
    }
    case 'webp':
      return 0
  }
}

/** Lines that a decoder which goes from top to bottom leaves for those who need them again. */
function aheadBytes({ width, height, channels, bytesPerSample }: ImageHeader): number {
  return width * channels * bytesPerSample * Math.min(height + 30, 500)
}

/**
 * Lines that are there however few the picture has, and those from which one strip of the result is
 * made. Where it is much narrower, the original is first shrunk by a whole number to about four times
 * its width.
 */
function resizerBytes(header: ImageHeader, result: Dimensions): number {
  const { width, height, channels, bytesPerSample } = header
  const pixelBytes = channels * bytesPerSample
  const shrunk = Math.min(width, result.width * 4)
  if (channels > 3) {
    const kept = width * (pixelBytes * 90 + premultiplied * 60)
    return kept + shrunk * (pixelBytes + premultiplied) * Math.min(height * 3, 280)
  }
  return width * pixelBytes * 150 + shrunk * pixelBytes * 2 * Math.min(height * 4, 500)
}
