import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { photo } from '../infra/local/sample-pictures.ts'

const side = { width: 8000, height: 6000 }
const small = { width: 200, height: 200 }
const wide = { width: 16_000, height: 300 }
const wider = { width: 60_000, height: 20 }
const square = { width: 1500, height: 1500 }
const medium = { width: 1750, height: 1750 }
const many = { ...small, frames: 250 }
const allColours = { chromaSubsampling: '4:4:4' }

/** A photograph of other dimensions, drawn once from the laptop's sample of 12 megapixels. */
async function scaled({ width, height }: { width: number; height: number }): Promise<Sharp> {
  return sharp(await photo()).resize(width, height, { fit: 'fill' })
}

/** A photograph with a soft round hole. */
async function withHole(size: { width: number; height: number }): Promise<Sharp> {
  return makeHole(await scaled(size), size)
}

function makeHole(image: Sharp, { width, height }: { width: number; height: number }): Sharp {
  const hole = Buffer.from(
    `<svg width="${width}" height="${height}"><radialGradient id="g"><stop offset=".5" stop-opacity="0"/>
    <stop offset="1"/></radialGradient><rect width="100%" height="100%" fill="url(#g)"/></svg>`,
  )
  return image.ensureAlpha().composite([{ input: hole, blend: 'dest-in' }])
}

/** The pictures of the benchmark by file name: all of them follow from one fixed seed. */
const recipes = {
  'photo-12mp.jpg': async () => sharp(await photo()).jpeg({ quality: 90 }),
  'photo-24mp.jpg': async () => (await scaled({ width: 6000, height: 4000 })).jpeg({ quality: 90 }),
  'photo-2mp.jpg': async () => (await scaled({ width: 1600, height: 1200 })).jpeg({ quality: 85 }),
  'photo-2mp.png': async () => (await scaled({ width: 1600, height: 1200 })).png(),
  'alpha-1mp.png': async () => (await withHole({ width: 1200, height: 900 })).png(),
  'photo-6mp.webp': async () => (await scaled({ width: 2828, height: 2121 })).webp(),
  'small.jpg': async () => (await scaled({ width: 400, height: 300 })).jpeg(),
  '48mp-baseline.jpg': async () => (await scaled(side)).jpeg(),
  '48mp-progressive.jpg': async () => (await scaled(side)).jpeg({ progressive: true }),
  '48mp-progressive-444.jpg': async () =>
    (await scaled(side)).jpeg({ progressive: true, ...allColours }),
  '48mp-progressive-cmyk.jpg': async () =>
    (await scaled(side)).toColourspace('cmyk').jpeg({ progressive: true, ...allColours }),
  '48mp-progressive-grey.jpg': async () =>
    (await scaled(side)).toColourspace('b-w').jpeg({ progressive: true }),
  '48mp-turned.jpg': async () => (await scaled(side)).jpeg().withMetadata({ orientation: 6 }),
  '48mp-plain.png': async () => (await scaled(side)).png({ compressionLevel: 1 }),
  '48mp-interlaced.png': async () =>
    (await scaled(side)).png({ compressionLevel: 1, progressive: true }),
  '48mp-alpha.png': async () => (await scaled(side)).ensureAlpha().png({ compressionLevel: 1 }),
  '48mp-alpha16.png': async () =>
    (await scaled(side)).ensureAlpha().toColourspace('rgb16').png({ compressionLevel: 1 }),
  '48mp-turned.png': async () =>
    (await scaled(side)).png({ compressionLevel: 1 }).withMetadata({ orientation: 6 }),
  '48mp-lossy.webp': async () => (await scaled(side)).webp({ effort: 0 }),
  '48mp-lossless.webp': async () => (await scaled(side)).webp({ lossless: true, effort: 0 }),
  '48mp-still.gif': async () => (await scaled(side)).gif({ effort: 1 }),
  '24mp-still.avif': async () =>
    (await scaled({ width: 6000, height: 4000 })).avif({ effort: 0, quality: 50 }),
  '16mp-12bit.avif': async () =>
    (await scaled({ width: 4000, height: 4000 })).avif({ effort: 0, bitdepth: 12, ...allColours }),
  '16mp-alpha.avif': async () =>
    (await withHole({ width: 4000, height: 4000 })).avif({ effort: 0 }),
  'wide-baseline.jpg': async () => (await scaled(wide)).jpeg(),
  'wide-plain.png': async () => (await scaled(wide)).png({ compressionLevel: 1 }),
  'wide-interlaced-alpha.png': async () =>
    (await withHole(wide)).png({ compressionLevel: 1, progressive: true }),
  'wide-lossless.webp': async () => (await scaled(wide)).webp({ lossless: true, effort: 0 }),
  'wide-still.gif': async () => (await scaled(wide)).gif({ effort: 1 }),
  'wide-still.avif': async () => (await scaled(wide)).avif({ effort: 0 }),
  'wide-alpha.avif': async () => (await withHole(wide)).avif({ effort: 0 }),
  'wider-plain.png': async () => (await scaled(wider)).png({ compressionLevel: 1 }),
  'wider-interlaced.png': async () =>
    (await scaled(wider)).png({ compressionLevel: 1, progressive: true }),
  'wider-still.gif': async () => (await scaled(wider)).gif({ effort: 1 }),
  'animated-12-frames.gif': () => animation((image) => image.gif({ effort: 1 })),
  'animated-12-frames.webp': () => animation((image) => image.webp({ effort: 0 })),
  'animated-250-frames.gif': () => animation((image) => image.gif({ effort: 1 }), many),
  'animated-250-frames.webp': () => animation((image) => image.webp({ effort: 0 }), many),
  'small-2-frames.gif': () => animation((image) => image.gif(), { ...small, frames: 2 }),
  'small-2-frames.webp': () => animation((image) => image.webp(), { ...small, frames: 2 }),
  'alpha-2-frames.webp': () =>
    animationWithHole((image) => image.webp({ effort: 0 }), { ...square, frames: 2 }),
  'wide-2-frames.webp': () =>
    animation((image) => image.webp({ effort: 0 }), { width: 8000, height: 200, frames: 2 }),
  'small-square.jpg': async () => (await scaled(small)).jpeg(),
  'small-square.png': async () => (await scaled(small)).png(),
  'small-square.webp': async () => (await scaled(small)).webp(),
  'small-alpha.webp': async () => (await withHole(small)).webp(),
  'small-square.gif': async () => (await scaled(small)).gif(),
  'small-square.avif': async () => (await scaled(small)).avif(),
  'small-alpha.avif': async () => (await withHole(small)).avif(),
  '3mp-square.jpg': async () => (await scaled(medium)).jpeg(),
  '3mp-turned.jpg': async () => (await scaled(medium)).jpeg().withMetadata({ orientation: 6 }),
  '3mp-turned.png': async () => (await scaled(medium)).png().withMetadata({ orientation: 6 }),
  '3mp-alpha.png': async () => (await withHole(medium)).png(),
  '3mp-square.webp': async () => (await scaled(medium)).webp(),
  '3mp-alpha.webp': async () => (await withHole(medium)).webp(),
  '3mp-square.gif': async () => (await scaled(medium)).gif(),
  '3mp-square.avif': async () => (await scaled(medium)).avif(),
  '3mp-alpha.avif': async () => (await withHole(medium)).avif(),
} satisfies Record<string, () => Promise<Sharp>>

/** The file name of a picture. */
export type PictureName = keyof typeof recipes

interface Film {
  width: number
  height: number
  frames: number
}

/** Twelve frames of one megapixel unless told otherwise, each another part of the photograph. */
async function animation(
  encode: (image: Sharp) => Sharp,
  film: Film = { width: 1250, height: 800, frames: 12 },
): Promise<Sharp> {
  return encode(filmOf(await drawFilm(film), film, 3))
}

/** The same with one hole over all of them. */
async function animationWithHole(encode: (image: Sharp) => Sharp, film: Film): Promise<Sharp> {
  const { width, height, frames } = film
  const whole = { width, height: height * frames }
  const opaque = sharp(await drawFilm(film), { raw: { ...whole, channels: 3 } })
  return encode(filmOf(await makeHole(opaque, whole).raw().toBuffer(), film, 4))
}

function filmOf(pixels: Buffer, { width, height, frames }: Film, channels: 3 | 4): Sharp {
  const raw = { width, height: height * frames, channels, pageHeight: height }
  return sharp(pixels, { raw, limitInputPixels: false })
}

async function drawFilm({ width, height, frames }: Film): Promise<Buffer> {
  const raw = await (await scaled({ width: width + frames, height })).raw().toBuffer()
  const stride = (width + frames) * 3
  const film = Buffer.alloc(width * height * 3 * frames)
  for (let row = 0; row < height * frames; row++) {
    const from = (row % height) * stride + Math.floor(row / height) * 3
    raw.copy(film, row * width * 3, from, from + width * 3)
  }
  return film
}

/**
 * The path of a picture, which is made when `directory` does not have it yet.
 * @throws an error of the file system
 */
export async function pictureFile(directory: string, name: PictureName): Promise<string> {
  const file = join(directory, name)
  if (existsSync(file)) return file
  await mkdir(directory, { recursive: true })
  const bytes = await (await recipes[name]()).toBuffer()
  await writeFile(`${file}.part`, bytes)
  await rename(`${file}.part`, file)
  return file
}
