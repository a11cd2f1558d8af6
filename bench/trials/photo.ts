import sharp from 'sharp'

/** Something like a photograph, 800×600 in a JPEG of some hundred kilobytes. */
export function photo(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
  const background = { r: 128, g: 128, b: 128 }
  return sharp({ create: { width: 800, height: 600, channels: 3, background, noise } })
    .jpeg({ quality: 80 })
    .toBuffer()
}
