import type { Format } from '../formats.ts'
import type { ImageHeader } from './image-header.ts'
import { plainJpegHeader } from './plain-jpeg.ts'
import { plainPngHeader } from './plain-png.ts'

/**
 * To open an image in its decoder takes more than a millisecond of processor time, with all that a
 * pipeline of sharp is; what an ordinary file says on its first pages takes next to none
 * (`npm run bench -- saturation`).
 */
const readers: Partial<Record<Format, (bytes: Buffer) => ImageHeader | undefined>> = {
  jpeg: plainJpegHeader,
  png: plainPngHeader,
}

/**
 * The header of an ordinary file; undefined for one that is unusual in any way, about which its
 * decoder has the last word.
 * @param bytes of a file that begins as `format` does
 */
export function plainHeader(bytes: Buffer, format: Format): ImageHeader | undefined {
  return readers[format]?.(bytes)
}
