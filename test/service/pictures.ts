import sharp, { type Sharp } from 'sharp'
import { picture } from '../helper.ts'

/** Red, green, blue, and alpha where there is one. */
export type Pixel = readonly number[]

/** The colours of a picture's four quarters, as they are seen. */
export const quarters = {
  topLeft: [200, 40, 40],
  topRight: [40, 160, 60],
  bottomLeft: [50, 70, 200],
  bottomRight: [220, 200, 60],
} as const satisfies Record<string, Pixel>

/** Where in the stored pixels (x, y) what is seen at (u, v) lies, by EXIF orientation (TIFF 6.0, 36). */
const seenAt: readonly ((x: number, y: number, w: number, h: number) => [u: number, v: number])[] =
  [
    (x, y) => [x, y],
    (x, y, w) => [w - 1 - x, y],
    (x, y, w, h) => [w - 1 - x, h - 1 - y],
    (x, y, _w, h) => [x, h - 1 - y],
    (x, y) => [y, x],
    (x, y, _w, h) => [h - 1 - y, x],
    (x, y, w, h) => [h - 1 - y, w - 1 - x],
    (x, y, w) => [y, w - 1 - x],
  ]

/**
 * A picture of four quarters that is seen as `width` by `height` once `orientation` is applied;
 * its EXIF data also say where it was taken and by whom.
 */
export function turnedPicture(width: number, height: number, orientation: number): Sharp {
  const lying = orientation > 4
  const [w, h] = lying ? [height, width] : [width, height]
  const pixels = Buffer.alloc(w * h * 3)
  const seen = seenAt[orientation - 1]
  if (!seen) throw new RangeError(`no orientation ${orientation}`)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [u, v] = seen(x, y, w, h)
      const [left, right] =
        v < height / 2
          ? [quarters.topLeft, quarters.topRight]
          : [quarters.bottomLeft, quarters.bottomRight]
      pixels.set(u < width / 2 ? left : right, (y * w + x) * 3)
    }
  }
  return sharp(pixels, { raw: { width: w, height: h, channels: 3 } })
    .withMetadata({ orientation })
    .withExifMerge({
      IFD0: { Artist: 'A. Photographer' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
    })
}

/** A picture of one colour that is half seen through. */
export function translucent(width: number, height: number): Sharp {
  return picture(width, height).ensureAlpha(0.5)
}

/** The pixels of an encoded picture, of its first frame unless it is opened otherwise. */
export async function pixelsOf(picture: Buffer, frame = 0) {
  const { data, info } = await sharp(picture, { page: frame })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const at = (x: number, y: number): number[] => {
    const start = (y * width + x) * channels
    return [...data.subarray(start, start + channels)]
  }
  return { width, height, channels, at, center: at(width >> 1, height >> 1) }
}

/** Whether no channel of two pixels differs by more than `tolerance`. */
export function isNear(found: Pixel, expected: Pixel, tolerance: number): boolean {
  return (
    found.length === expected.length &&
    found.every((value, channel) => Math.abs(value - (expected[channel] as number)) <= tolerance)
  )
}
