import sharp, { type Sharp } from 'sharp'

/** Pictures of as many kinds as the service meets, by their file names. */
export async function soakPictures(): Promise<ReadonlyMap<string, Buffer>> {
  const exif = { IFD0: { Software: 'soak' } }
  const kinds: Record<string, Sharp> = {
    'large.jpg': scene(4000, 3000).jpeg({ quality: 90 }),
    'small.jpg': scene(320, 240).jpeg(),
    'progressive.jpg': scene(2000, 1500).jpeg({ progressive: true }),
    'cmyk.jpg': scene(1600, 1200).toColourspace('cmyk').jpeg(),
    'wide-gamut.jpg': scene(1600, 1200).withIccProfile('p3').jpeg(),
    'turned.jpg': scene(1600, 1200).withExif(exif).withMetadata({ orientation: 6 }).jpeg(),
    'grey.jpg': scene(1200, 900).greyscale().jpeg(),
    'plain.png': scene(1200, 900).png(),
    'alpha.png': scene(1200, 900).ensureAlpha(0.5).png(),
    'sixteen-bit.png': scene(1000, 750).toColourspace('rgb16').png(),
    'interlaced.png': scene(1200, 900).png({ progressive: true }),
    'palette.png': scene(800, 600).png({ palette: true }),
    'still.webp': scene(1600, 1200).webp(),
    'lossless.webp': scene(600, 450).webp({ lossless: true }),
    'animated.gif': animation(160, 120, 6).gif(),
    'animated.webp': animation(160, 120, 6).webp(),
    'picture.avif': scene(640, 480).avif({ effort: 0 }),
  }
  const made = new Map<string, Buffer>()
  for (const [name, image] of Object.entries(kinds)) made.set(name, await image.toBuffer())
  return made
}

/** Coloured gradients with grain: about as hard for encoders as a photograph. */
function scene(width: number, height: number): Sharp {
  return sharp(pixels(width, height, 0), { raw: { width, height, channels: 3 } })
}

function animation(width: number, height: number, frames: number): Sharp {
  const each = Array.from({ length: frames }, (_, i) => pixels(width, height, i * 40))
  return sharp(Buffer.concat(each), {
    raw: { width, height: height * frames, channels: 3, pageHeight: height },
  })
}

function pixels(width: number, height: number, shift: number): Buffer {
  const bytes = Buffer.alloc(width * height * 3)
  let state = 0x2f6e2b1
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      const grain = state & 15
      bytes[at++] = (((x * 240) / width + shift) % 240) | grain
      bytes[at++] = (((y * 240) / height + shift) % 240) | grain
      bytes[at++] = ((((x + y) * 120) / (width + height) + shift) % 240) | grain
    }
  }
  return bytes
}
