import sharp from 'sharp'
import type { Dimensions } from '../../service/dimensions.ts'

// As the service does: one libvips thread an image, and no cache of operations.
sharp.concurrency(1)
sharp.cache(false)

/** What the service does with a JPEG or PNG that needs neither turning nor another colour space. */
export function rawResize(original: Buffer, { width, height }: Dimensions): Promise<Buffer> {
  const image = sharp(original).resize(width, height, { fit: 'inside' })
  const isJpeg = original[0] === 0xff
  return (isJpeg ? image.jpeg({ quality: 80 }) : image.png()).toBuffer()
}
