import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { photo } from '../infra/local/sample-pictures.ts'

const side = { width: 8000, height: 6000 }

/** A photograph of other dimensions, drawn once from the laptop's sample of 12 megapixels. */
async function scaled({ width, height }: { width: number; height: number }): Promise<Sharp> {
  return sharp(await photo()).resize(width, height, { fit: 'fill' })
}

/** A photograph with a soft round hole. */
async function withHole(width: number, height: number): Promise<Sharp> {
  const hole = Buffer.from(
    `<svg width="${width}" height="${height}"><radialGradient id="g"><stop offset=".5" stop-opacity="0"/>
    <stop offset="1"/></radialGradient><rect width="100%" height="100%" fill="url(#g)"/></svg>`,
  )
  const image = await scaled({ width, height })
  return image.ensureAlpha().composite([{ input: hole, blend: 'dest-in' }])
}

/** The pictures of the benchmark by file name: all of them follow from one fixed seed. */
const recipes = {
  'photo-12mp.jpg': async () => sharp(await photo()).jpeg({ quality: 90 }),
  'photo-24mp.jpg': async () => (await scaled({ width: 6000, height: 4000 })).jpeg({ quality: 90 }),
  'photo-2mp.jpg': async () => (await scaled({ width: 1600, height: 1200 })).jpeg({ quality: 85 }),
  'photo-2mp.png': async () => (await scaled({ width: 1600, height: 1200 })).png(),
  'alpha-1mp.png': async () => (await withHole(1200, 900)).png(),
  'photo-6mp.webp': async () => (await scaled({ width: 2828, height: 2121 })).webp(),
  'small.jpg': async () => (await scaled({ width: 400, height: 300 })).jpeg(),
  '48mp-baseline.jpg': async () => (await scaled(side)).jpeg(),
  '48mp-progressive.jpg': async () => (await scaled(side)).jpeg({ progressive: true }),
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
  'animated-12-frames.gif': () => animation((image) => image.gif({ effort: 1 })),
  'animated-12-frames.webp': () => animation((image) => image.webp({ effort: 0 })),
} satisfies Record<string, () => Promise<Sharp>>

/** The file name of a picture. */
export type PictureName = keyof typeof recipes

/** Twelve frames of one megapixel, each another part of the photograph. */
async function animation(encode: (image: Sharp) => Sharp): Promise<Sharp> {
  const [width, height, frames] = [1250, 800, 12]
  const raw = await (await scaled({ width: width + frames, height })).raw().toBuffer()
  const stride = (width + frames) * 3
  const film = Buffer.alloc(width * height * 3 * frames)
  for (let row = 0; row < height * frames; row++) {
    const from = (row % height) * stride + Math.floor(row / height) * 3
    raw.copy(film, row * width * 3, from, from + width * 3)
  }
  const input = { width, height: height * frames, channels: 3, pageHeight: height } as const
  return encode(sharp(film, { raw: input, limitInputPixels: false }))
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
