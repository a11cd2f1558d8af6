import sharp, { type Channels, type Sharp } from 'sharp'
import t from 'tap'
import { fitInside } from '../../service/dimensions.ts'
import type { Format } from '../../service/formats.ts'
import { readImageHeader } from '../../service/header/read-image-header.ts'
import { resize } from '../../service/resize.ts'
import type { Pixel } from './pictures.ts'

type Size = readonly [width: number, height: number]
type Drawn = (x: number, y: number) => Pixel

const white: Pixel = [255, 255, 255, 255]
const black: Pixel = [0, 0, 0, 255]
const grey: Pixel = [128, 128, 128, 255]
const clear: Pixel = [0, 0, 0, 0]

/** An animation, each frame of which is drawn pixel by pixel. */
function animation([width, height]: Size, frames: readonly Drawn[]): Sharp {
  const channels = frames[0]?.(0, 0).length as Channels
  const film = Buffer.alloc(width * height * frames.length * channels)
  frames.forEach((drawn, frame) => {
    for (let i = 0; i < width * height; i++) {
      const pixel = drawn(i % width, Math.floor(i / width))
      film.set(pixel, (frame * width * height + i) * channels)
    }
  })
  const raw = { width, height: height * frames.length, channels, pageHeight: height }
  return sharp(film, { raw })
}

async function resized(
  original: Buffer,
  format: Format,
  [width, height]: Size,
  timeoutMs = 60_000,
) {
  const header = await readImageHeader(original, format, { maxPixels: 1e9, maxFrames: 1_000 })
  return resize(original, header, { width, height }, { timeoutMs })
}

async function frameOf(picture: Buffer, page: number) {
  const frame = sharp(picture, { page }).ensureAlpha().raw()
  const { data, info } = await frame.toBuffer({ resolveWithObject: true })
  const row = (y: number) => [...data.subarray(y * info.width * 4, (y + 1) * info.width * 4)]
  return { ...info, data, row, alphaOf: (y: number) => row(y).filter((_, i) => i % 4 === 3) }
}

/** A frame decoded alone and resized with the same kernel. */
async function resizedAlone(original: Buffer, page: number, [width, height]: Size) {
  const alone = await sharp(original, { page }).png().toBuffer()
  return sharp(alone).resize(width, height, { fit: 'fill' }).ensureAlpha().raw().toBuffer()
}

/** Mean difference of two pictures where they are seen, by channel. */
function difference(found: Buffer, expected: Buffer): number {
  let sum = 0
  for (let i = 0; i < expected.length; i++) {
    const seen = i % 4 === 3 ? 1 : (expected[i | 3] as number) / 255
    sum += Math.abs((found[i] as number) - (expected[i] as number)) * seen
  }
  return sum / expected.length
}

const encodings: readonly [Format, object][] = [
  ['gif', {}],
  ['webp', { lossless: true }],
  ['webp', { quality: 95 }],
]
const scales: readonly [source: Size, box: Size][] = [
  [
    [100, 100],
    [200, 200],
  ],
  [
    [100, 100],
    [150, 150],
  ],
  [
    [97, 61],
    [200, 200],
  ],
  [
    [400, 400],
    [200, 200],
  ],
  [
    [301, 203],
    [60, 200],
  ],
]

for (const [format, options] of encodings) {
  for (const [source, box] of scales) {
    const [width, height] = source
    const title = `${format} ${JSON.stringify(options)} from ${source.join('x')} in ${box.join('x')}`

    t.test(`${title}: no ghost of a frame is seen in a transparent one`, async (t) => {
      const drawn: Drawn[] = [
        (_x, y) => (y >= height >> 1 ? white : clear),
        (x, y) => (Math.hypot(x - (width >> 1), y - (height >> 1)) < 9 ? white : clear),
        () => grey,
      ]
      const original = await animation(source, drawn).toFormat(format, options).toBuffer()
      const middle = await frameOf(await resized(original, format, box), 1)
      for (const y of [0, 1, 2, middle.height - 3, middle.height - 2, middle.height - 1]) {
        t.equal(Math.max(...middle.alphaOf(y)), 0, `row ${y}`)
      }
      const center = middle.alphaOf(middle.height >> 1)[middle.width >> 1] as number
      t.ok(center > 200, 'the dot is there')
    })

    t.test(`${title}: opaque frames keep their edges`, async (t) => {
      const drawn = [() => white, () => black, () => white, () => black]
      const opaque = drawn.map((pixel) => () => pixel().slice(0, 3))
      const original = await animation(source, opaque).toFormat(format, options).toBuffer()
      const result = await resized(original, format, box)
      for (const page of [1, 2, 3]) {
        const frame = await frameOf(result, page)
        const expected = page === 2 ? 255 : 0
        for (const y of [0, frame.height - 1]) {
          const furthest = frame.row(y).filter((value, i) => i % 4 < 3 && value !== expected)
          t.strictSame(furthest, [], `frame ${page}, row ${y}`)
        }
      }
    })

    t.test(`${title}: each frame is what it is when it is resized alone`, async (t) => {
      const drawn = [0, 1, 2].map((frame): Drawn => {
        const [left, top] = [Math.round(width / 4) + frame * 5, Math.round(height / 3) + frame * 3]
        return (x, y) => {
          const inside = x >= left && x < left + width / 3 && y >= top && y < top + height / 3
          return inside ? [200, 40, 40, 255] : y < height / 2 ? [40, 160, 60, 255] : clear
        }
      })
      const original = await animation(source, drawn).toFormat(format, options).toBuffer()
      const result = await resized(original, format, box)
      const size = fitInside({ width, height }, { width: box[0], height: box[1] })
      for (const page of [0, 1, 2]) {
        const { data, ...found } = await frameOf(result, page)
        t.strictSame([found.width, found.height], [size.width, size.height])
        const alone = await resizedAlone(original, page, [size.width, size.height])
        const off = difference(data, alone)
        t.ok(off < 6, `frame ${page} is off by ${off.toFixed(2)} on average`)
      }
    })
  }
}

for (const format of ['gif', 'webp'] as const) {
  t.test(`${format} keeps its frames in order, their times and repetitions`, async (t) => {
    const greys = Array.from({ length: 12 }, (_, frame) => frame * 20)
    const delay = greys.map((_, frame) => 100 + frame * 10)
    const drawn = greys.map((value) => () => [value, value, value])
    const original = await animation([1250, 800], drawn)
      .toFormat(format, { delay, loop: 3, effort: 1 })
      .toBuffer()
    const result = await resized(original, format, [50, 50])
    const metadata = await sharp(result).metadata()
    t.match(metadata, { pages: 12, loop: 3, delay })
    for (const [page, value] of greys.entries()) {
      const { row } = await frameOf(result, page)
      t.ok(Math.abs((row(10)[0] as number) - value) <= 2, `frame ${page} is ${row(10)[0]}`)
    }
  })

  t.test(`${format} whose later frames alone are transparent keeps them so`, async (t) => {
    const drawn = Array.from({ length: 12 }, (_, frame): Drawn => {
      return (x) => (frame > 9 && x < 600 ? clear : [frame * 20, 90, 90, 255])
    })
    const original = await animation([1250, 800], drawn).toFormat(format, { effort: 1 }).toBuffer()
    const result = await resized(original, format, [50, 50])
    for (const page of [0, 9, 10, 11]) {
      const { alphaOf } = await frameOf(result, page)
      t.equal(alphaOf(10)[5], page > 9 ? 0 : 255, `frame ${page}`)
      t.equal(alphaOf(10)[45], 255, `frame ${page}`)
    }
  })

  t.test(`${format} runs endlessly where it did`, async (t) => {
    const original = await animation([20, 20], [() => white, () => black, () => grey])
      .toFormat(format, { loop: 0, delay: [20, 0, 65_000] })
      .toBuffer()
    const before = await sharp(original).metadata()
    const { loop, delay } = await sharp(await resized(original, format, [10, 10])).metadata()
    t.strictSame({ loop, delay }, { loop: 0, delay: before.delay })
  })
}

t.test('a delay that sharp does not take becomes the longest that it does', async (t) => {
  const original = await animation([20, 20], [() => white, () => black])
    .webp()
    .toBuffer()
  const duration = original.indexOf('ANMF') + 20
  original.writeUIntLE(100_000, duration, 3)
  const { delay } = await sharp(await resized(original, 'webp', [10, 10])).metadata()
  t.equal(delay?.[0], 65_535)
})

t.test('a GIF with more repetitions than sharp takes gets as many as it does', async (t) => {
  const original = await animation([20, 20], [() => white, () => black])
    .gif({ loop: 3 })
    .toBuffer()
  const repetitions = original.indexOf('NETSCAPE2.0') + 13
  t.equal(original.readUInt16LE(repetitions), 2)
  original.writeUInt16LE(65_535, repetitions)
  const result = await resized(original, 'gif', [10, 10])
  t.equal(result.readUInt16LE(result.indexOf('NETSCAPE2.0') + 13), 65_534)
})

t.test('the deadline is that of the whole animation', async (t) => {
  const drawn = Array.from({ length: 40 }, (_, frame) => () => [frame, frame, frame])
  const original = await animation([200, 200], drawn).webp({ effort: 0 }).toBuffer()
  await t.rejects(resized(original, 'webp', [100, 100], 5), { code: 'deadline' })
})
