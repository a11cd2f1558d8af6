import sharp from 'sharp'

/** What a picture is fitted into. */
export interface Box {
  width: number
  height: number
}

// As the service does: one libvips thread an image, and no cache of operations.
sharp.concurrency(1)
sharp.cache(false)

/** What the service does with a JPEG or PNG that needs neither turning nor another colour space. */
export function rawResize(original: Buffer, { width, height }: Box): Promise<Buffer> {
  const image = sharp(original).resize(width, height, { fit: 'inside' })
  const isJpeg = original[0] === 0xff
  return (isJpeg ? image.jpeg({ quality: 80 }) : image.png()).toBuffer()
}
