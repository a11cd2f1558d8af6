import sharp from 'sharp'
import type { Format } from './formats.ts'

const decoders: Readonly<Record<Format, string>> = {
  jpeg: 'VipsForeignLoadJpegBuffer',
  png: 'VipsForeignLoadPngBuffer',
  webp: 'VipsForeignLoadWebpBuffer',
  gif: 'VipsForeignLoadNsgifBuffer',
  avif: 'VipsForeignLoadHeifBuffer',
}

/**
 * Sets libvips up for this process: the decoders of `formats` and no other, one thread an image
 * (more gain nothing under load), and no cache of operations, since no two are alike.
 */
export function setUpCodecs(formats: Iterable<Format>): void {
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: Array.from(formats, (format) => decoders[format]) })
}
