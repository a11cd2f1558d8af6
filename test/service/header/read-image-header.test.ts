import sharp from 'sharp'
import t from 'tap'
import type { Format } from '../../../service/formats.ts'
import { type ImageHeader, orientedSize } from '../../../service/header/image-header.ts'
import { checkResult } from '../../../service/header/limits.ts'
import { readImageHeader } from '../../../service/header/read-image-header.ts'
import { picture } from '../../helper.ts'
import { translucent, turnedPicture } from '../pictures.ts'
import { still } from './still.ts'

const ample = { maxPixels: 1e9, maxFrames: 1_000 }
const size = { width: 64, height: 48 }

async function animation(frames: number) {
  const colours = ['#f00', '#0f0', '#00f', '#ff0', '#0ff'].slice(0, frames)
  const images = colours.map((colour) => picture(64, 48, colour).png().toBuffer())
  return sharp(await Promise.all(images), { join: { animated: true } })
}

/** Where each frame's graphic control extension begins. */
function* frameStarts(gif: Buffer): Generator<number> {
  const control = Buffer.from([0x21, 0xf9, 4])
  for (let at = gif.indexOf(control); at >= 0; at = gif.indexOf(control, at + 1)) yield at
}

type Row = [
  title: string,
  draw: () => Promise<Buffer>,
  format: Format,
  header: Partial<ImageHeader>,
]

const headers: Row[] = [
  ['a JPEG', () => picture(64, 48).jpeg().toBuffer(), 'jpeg', { sampling: 0.5 }],
  [
    'a JPEG with all of its colours',
    () => picture(64, 48).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    'jpeg',
    {},
  ],
  [
    'a progressive JPEG',
    () => picture(64, 48).jpeg({ progressive: true }).toBuffer(),
    'jpeg',
    { progressive: true, sampling: 0.5 },
  ],
  [
    'a CMYK JPEG',
    () => picture(64, 48).withIccProfile('cmyk').jpeg().toBuffer(),
    'jpeg',
    { channels: 4, hasProfile: true },
  ],
  [
    'a grey JPEG',
    () => picture(64, 48).toColourspace('b-w').jpeg().toBuffer(),
    'jpeg',
    { channels: 1 },
  ],
  [
    'a turned JPEG, as it is stored',
    () => turnedPicture(48, 64, 6).jpeg().toBuffer(),
    'jpeg',
    { orientation: 6, hasProfile: true, sampling: 0.5 },
  ],
  ['a PNG', () => picture(64, 48).png().toBuffer(), 'png', {}],
  ['a PNG with alpha', () => translucent(64, 48).png().toBuffer(), 'png', { channels: 4 }],
  [
    'an interlaced PNG',
    () => picture(64, 48).png({ progressive: true }).toBuffer(),
    'png',
    { progressive: true },
  ],
  [
    'a PNG of 16 bits',
    () => picture(64, 48).toColourspace('rgb16').png().toBuffer(),
    'png',
    { bytesPerSample: 2 },
  ],
  ['a lossy WebP', () => picture(64, 48).webp().toBuffer(), 'webp', {}],
  [
    'a lossless WebP',
    () => picture(64, 48).webp({ lossless: true }).toBuffer(),
    'webp',
    { progressive: true },
  ],
  [
    'a WebP that does not say at once whether it is lossless',
    () => translucent(64, 48).webp().toBuffer(),
    'webp',
    { channels: 4, progressive: true },
  ],
  ['a GIF', () => picture(64, 48).gif().toBuffer(), 'gif', { channels: 4 }],
  ['an AVIF', () => picture(64, 48).avif().toBuffer(), 'avif', {}],
  [
    'an animated GIF',
    async () => (await animation(5)).gif().toBuffer(),
    'gif',
    { frames: 5, channels: 4 },
  ],
  [
    'an animated WebP',
    async () => (await animation(5)).webp().toBuffer(),
    'webp',
    { frames: 5, progressive: true },
  ],
  [
    'an animation that says it is turned',
    async () => (await animation(2)).withMetadata({ orientation: 6 }).webp().toBuffer(),
    'webp',
    { frames: 2, hasProfile: true, progressive: true },
  ],
]

for (const [title, draw, format, expected] of headers) {
  t.test(`the header of ${title}`, async (t) => {
    const header = await readImageHeader(await draw(), format, ample)
    t.strictSame(header, { format, ...size, ...still, ...expected })
  })
}

t.test('lying and standing', async (t) => {
  const base: ImageHeader = { format: 'jpeg', ...size, ...still }
  for (let orientation = 1; orientation <= 8; orientation++) {
    const { width, height } = orientedSize({ ...base, orientation })
    t.strictSame([width, height], orientation < 5 ? [64, 48] : [48, 64], `${orientation}`)
  }
})

t.test('a name that promises another type', async (t) => {
  const png = await picture(8, 8).png().toBuffer()
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  const cases: [Buffer, Format, string][] = [
    [png, 'jpeg', 'The original is not image/jpeg as its name says, but image/png.'],
    [png, 'avif', 'The original is not image/avif as its name says, but image/png.'],
    [svg, 'png', 'The original is not image/png as its name says, but something else.'],
    [
      Buffer.from('text'),
      'png',
      'The original is not image/png as its name says, but something else.',
    ],
    [Buffer.alloc(0), 'gif', 'The original is not image/gif as its name says, but something else.'],
  ]
  for (const [original, format, message] of cases) {
    await t.rejects(readImageHeader(original, format, ample), {
      name: 'RightsizeError',
      code: 'type_mismatch',
      status: 415,
      message,
    })
  }
})

t.test('a header that breaks off', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif'] as const) {
    const whole = await picture(64, 48).toFormat(format).toBuffer()
    const cut = whole.subarray(0, format === 'jpeg' ? 40 : 24)
    await t.rejects(
      readImageHeader(cut, format, ample),
      { name: 'RightsizeError', code: 'undecodable', status: 422 },
      format,
    )
  }
})

t.test('a GIF that breaks off behind its first frame', async (t) => {
  const film = await (await animation(3)).gif().toBuffer()
  const [, second, third] = [...frameStarts(film)] as [number, number, number]
  const trailer = film.length - 1
  const whole: [title: string, end: number, frames: number][] = [
    ['with all that it has', film.length, 3],
    ['without its trailer', trailer, 3],
    ['without its last frame', third, 2],
    ['without all but its first', second, 1],
  ]
  for (const [title, end, frames] of whole) {
    const header = await readImageHeader(film.subarray(0, end), 'gif', ample)
    t.equal(header.frames, frames, title)
  }
  const behind = Buffer.concat([film, Buffer.from('!,behind it')])
  t.equal((await readImageHeader(behind, 'gif', ample)).frames, 3, 'with more behind it')
  const controlBytes = 8
  const betweenBlocks = [second + controlBytes, third, third + controlBytes]
  for (let end = second + 1; end < trailer; end++) {
    if (betweenBlocks.includes(end)) continue
    const cut = film.subarray(0, end)
    await t.rejects(readImageHeader(cut, 'gif', ample), { code: 'undecodable' }, `at ${end}`)
  }
})

t.test('pixels are counted up to the limit', async (t) => {
  const png = await picture(64, 48).png().toBuffer()
  const pixels = 64 * 48
  t.ok(await readImageHeader(png, 'png', { ...ample, maxPixels: pixels }))
  await t.rejects(readImageHeader(png, 'png', { ...ample, maxPixels: pixels - 1 }), {
    name: 'RightsizeError',
    code: 'too_many_pixels',
    status: 422,
    message: 'The original has 3072 pixels; at most 3071 are allowed.',
  })
})

t.test('pixels are counted over all frames, and frames on their own', async (t) => {
  for (const format of ['gif', 'webp'] as const) {
    const original = await (await animation(5)).toFormat(format).toBuffer()
    const pixels = 64 * 48 * 5
    t.ok(await readImageHeader(original, format, { maxPixels: pixels, maxFrames: 5 }))
    await t.rejects(readImageHeader(original, format, { maxPixels: pixels - 1, maxFrames: 5 }), {
      name: 'RightsizeError',
      code: 'too_many_pixels',
      message: 'The original has 15360 pixels; at most 15359 are allowed.',
    })
    await t.rejects(readImageHeader(original, format, { maxPixels: pixels, maxFrames: 4 }), {
      name: 'RightsizeError',
      code: 'too_many_frames',
      message: 'The original has 5 frames; at most 4 are allowed.',
    })
  }
})

t.test('an animation is not enlarged beyond the pixels of an original', async (t) => {
  const header = await readImageHeader(await (await animation(5)).gif().toBuffer(), 'gif', ample)
  const variant = { width: 640, height: 640 }
  checkResult(header, variant, { maxPixels: 640 * 480 * 5 })
  t.throws(() => checkResult(header, variant, { maxPixels: 640 * 480 * 5 - 1 }), {
    name: 'RightsizeError',
    code: 'too_many_pixels',
    message: 'The resized image would have 1536000 pixels; at most 1535999 are allowed.',
  })
  checkResult({ ...header, frames: 1 }, variant, { maxPixels: 1 })
})
