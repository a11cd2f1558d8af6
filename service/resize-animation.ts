import sharp, { type Sharp } from 'sharp'
import type { Dimensions } from './dimensions.ts'
import type { Format } from './formats.ts'

/** sharp takes no longer delay, in milliseconds, though WebP and GIF have room for one. */
const longestDelay = 65_535

/** Nor more repetitions, of which a GIF may have one more: libvips counts the first showing, too. */
const mostLoops = 65_535

/** What sharp may take from now on; throws when that is nothing. */
type TimeLeft = () => { seconds: number }

/**
 * Resizes every frame of an animation by itself. libvips takes all of them for one tall picture,
 * in which the kernel reads across the border between two (libvips issue 4014). So the picture
 * only becomes narrower while it is decoded, which also keeps what is held of it small, and each
 * frame gets its height alone.
 * @param frame dimensions of a frame of the original
 * @returns the frames with the original's delays and repetitions, ready to be encoded in `format`
 */
export async function resizeAnimation(
  original: Buffer,
  format: Format,
  frame: Dimensions,
  size: Dimensions,
  timeLeft: TimeLeft,
): Promise<Sharp> {
  // The header was checked against the limits of the configuration.
  const animation = sharp(original, { pages: -1, limitInputPixels: false })
  const { pages = 1, loop, delay } = await animation.metadata()
  const narrow = { width: Math.min(frame.width, size.width), height: frame.height }
  const { data, info } = await animation
    .resize(narrow.width, narrow.height, { fit: 'fill' })
    .timeout(timeLeft())
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { channels } = info
  const film = Buffer.allocUnsafeSlow(size.width * size.height * channels * pages)
  const bytes = data.length / pages
  for (let page = 0; page < pages; page++) {
    const pixels = data.subarray(page * bytes, (page + 1) * bytes)
    const resized = await sharp(pixels, { raw: { ...narrow, channels }, limitInputPixels: false })
      .resize(size.width, size.height, { fit: 'fill' })
      .timeout(timeLeft())
      .raw()
      .toBuffer()
    resized.copy(film, page * resized.length)
  }
  return sharp(film, {
    raw: { width: size.width, height: size.height * pages, channels, pageHeight: size.height },
    limitInputPixels: false,
  }).toFormat(format, {
    loop: loop && Math.min(loop, mostLoops),
    delay: delay?.map((milliseconds) => Math.min(milliseconds, longestDelay)),
  })
}
