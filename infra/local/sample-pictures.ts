import sharp, { type OverlayOptions, type Sharp } from 'sharp'

/**
 * The pictures that the laptop starts with. All are drawn here, from shapes and from noise with a
 * fixed seed, so that the repository holds no binary files and every machine has the same pixels.
 */

/** A hilly landscape with a low sun, for any picture that should look like one. */
function landscape(width: number, height: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
      viewBox="0 0 1200 900" preserveAspectRatio="xMidYMid slice">
      <defs>
        <linearGradient id="sky" x2="0" y2="1">
          <stop stop-color="#2a6cb0"/><stop offset=".75" stop-color="#ffd9a0"/>
        </linearGradient>
        <linearGradient id="hill" x2="0" y2="1">
          <stop stop-color="#3f7d4e"/><stop offset="1" stop-color="#16301f"/>
        </linearGradient>
      </defs>
      <rect width="1200" height="900" fill="url(#sky)"/>
      <circle cx="820" cy="430" r="90" fill="#fff6d0"/>
      <path d="M0 560 Q180 420 420 540 T820 500 T1200 560 V900 H0Z" fill="#6b8fa8"/>
      <path d="M0 680 Q300 520 600 670 T1200 600 V900 H0Z" fill="url(#hill)"/>
    </svg>`,
  )
}

/** A round badge on nothing: most of its border is transparent. */
const badge = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800">
    <circle cx="400" cy="400" r="380" fill="#1d3557" fill-opacity=".85"/>
    <path d="M210 410 L350 550 L600 270" fill="none" stroke="#f1faee" stroke-width="80"
      stroke-linecap="round" stroke-linejoin="round"/>
  </svg>`,
)

/** A tile of `side` × `side` random greys from a xorshift generator, `alpha` of 255 opaque. */
function grain(side: number, alpha: number): OverlayOptions {
  const input = Buffer.alloc(side * side * 4, alpha)
  let state = 0x2f6e2b1
  for (let at = 0; at < input.length; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    input.fill(state & 255, at, at + 3)
  }
  return { input, raw: { width: side, height: side, channels: 4 } }
}

/** A landscape with texture at two scales, so that it compresses about as a photograph does. */
async function photograph(width: number, height: number): Promise<Sharp> {
  const coarse = { width: Math.ceil(width / 4), height: Math.ceil(height / 4) }
  const scene = await sharp(landscape(coarse.width, coarse.height))
    .composite([{ ...grain(256, 24), tile: true }])
    .removeAlpha()
    .raw()
    .toBuffer()
  return sharp(scene, { raw: { ...coarse, channels: 3 } })
    .resize(width, height, { kernel: 'cubic', fit: 'fill' })
    .composite([{ ...grain(512, 16), tile: true }])
    .removeAlpha()
}

/** A small picture: the first one, there at once. */
export async function drawing(): Promise<Buffer> {
  return sharp(landscape(800, 600)).removeAlpha().png({ compressionLevel: 6 }).toBuffer()
}

/** 12 megapixels in some 4 MB, as a camera writes them. */
export async function photo(): Promise<Buffer> {
  return (await photograph(4032, 3024)).jpeg({ quality: 92 }).toBuffer()
}

/** Stored lying on its side, with the EXIF orientation that stands it up, as a telephone does. */
export async function portrait(): Promise<Buffer> {
  const upright = await photograph(1200, 1600)
  return upright.rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 85 }).toBuffer()
}

/** A PNG with an alpha channel, transparent and half-transparent pixels in it. */
export async function transparent(): Promise<Buffer> {
  return sharp(badge).png({ compressionLevel: 6 }).toBuffer()
}

/** A JPEG in the four inks of a printer. */
export async function printed(): Promise<Buffer> {
  return sharp(landscape(1600, 1200)).removeAlpha().toColourspace('cmyk').jpeg().toBuffer()
}
