import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import type { Format } from '../../service/formats.ts'
import { readImageHeader } from '../../service/header/read-image-header.ts'
import { resize } from '../../service/resize.ts'
import { picture } from '../helper.ts'
import { texture } from '../hostile/original.ts'
import { deepGrey } from './grey-profile.ts'
import { withOddScan } from './odd-scan.ts'
import { isNear, type Pixel, pixelsOf, quarters, turnedPicture } from './pictures.ts'

type Size = readonly [width: number, height: number]

const formats: readonly Format[] = ['jpeg', 'png', 'webp', 'gif', 'avif']

async function resized(original: Buffer, format: Format, [width, height]: Size): Promise<Buffer> {
  const header = await readImageHeader(original, format, { maxPixels: 1e9, maxFrames: 1_000 })
  return resize(original, header, { width, height }, { timeoutMs: 60_000 })
}

const encoded = (image: Sharp, format: Format) => image.toFormat(format, { quality: 95 }).toBuffer()

for (const format of formats) {
  t.test(`${format} stays ${format}, fitted inside the box, smaller or larger`, async (t) => {
    const original = await encoded(picture(64, 48), format)
    for (const [box, size] of [
      [
        [32, 32],
        [32, 24],
      ],
      [
        [100, 24],
        [32, 24],
      ],
      [
        [128, 1000],
        [128, 96],
      ],
      [
        [64, 48],
        [64, 48],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ] as [Size, Size][]) {
      const result = await resized(original, format, box)
      const metadata = await sharp(result).metadata()
      t.equal(metadata.format, format === 'avif' ? 'heif' : format)
      t.strictSame([metadata.width, metadata.height], size, `${box} gives ${size}`)
    }
  })
}

const turning = formats.filter((format) => format !== 'gif' && format !== 'avif')

for (const format of turning) {
  t.test(`${format} lands upright whatever its EXIF orientation`, async (t) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const original = await encoded(turnedPicture(96, 64, orientation), format)
      const { width, height, at } = await pixelsOf(await resized(original, format, [48, 48]))
      t.strictSame([width, height], [48, 32], `${orientation}: size`)
      const corners: [keyof typeof quarters, number[]][] = [
        ['topLeft', at(4, 4)],
        ['topRight', at(43, 4)],
        ['bottomLeft', at(4, 27)],
        ['bottomRight', at(43, 27)],
      ]
      for (const [corner, found] of corners) {
        t.ok(isNear(found, quarters[corner], 14), `${orientation}: ${corner} is ${found}`)
      }
    }
  })
}

t.test('AVIF is turned as the file itself says, which EXIF does not change', async (t) => {
  const original = await encoded(turnedPicture(96, 64, 6), 'avif')
  const { width, height, at } = await pixelsOf(await resized(original, 'avif', [48, 48]))
  t.strictSame([width, height], [48, 32])
  t.ok(isNear(at(4, 4), quarters.topLeft, 14))
  t.ok(isNear(at(43, 27), quarters.bottomRight, 14))
})

for (const format of formats) {
  t.test(`${format} leaves without EXIF, place, profile and the like`, async (t) => {
    const original = await encoded(
      turnedPicture(96, 64, 1).withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">xmp!</x:xmpmeta>'),
      format,
    )
    if (format !== 'gif') t.ok(original.includes('A. Photographer'), 'the original has EXIF data')
    const result = await resized(original, format, [48, 48])
    const { exif, icc, iptc, xmp, orientation } = await sharp(result).metadata()
    t.strictSame(
      { exif, icc, iptc, xmp, orientation },
      {
        exif: undefined,
        icc: undefined,
        iptc: undefined,
        xmp: undefined,
        orientation: undefined,
      },
    )
    for (const trace of ['A. Photographer', 'Exif', 'xmp', 'ICC_PROFILE', 'iCCP', 'eXIf']) {
      t.notOk(result.includes(trace), trace)
    }
  })
}

const brown = { r: 180, g: 90, b: 60 }
const red = { r: 200, g: 30, b: 30 }
const of = ({ r, g, b }: typeof red): Pixel => [r, g, b]
const flat = (background: object) => picture(64, 48, background as unknown as string)

const colours: [title: string, image: Sharp, format: Format, seen: Pixel, tolerance: number][] = [
  ['CMYK with a profile', flat(brown).withIccProfile('cmyk'), 'jpeg', of(brown), 26],
  ['CMYK without', flat(brown).toColourspace('cmyk'), 'jpeg', of(brown), 20],
  ['Display P3', flat(red).withIccProfile('p3'), 'jpeg', of(red), 3],
  ['Display P3', flat(red).withIccProfile('p3'), 'png', of(red), 1],
  ['Display P3', flat(red).withIccProfile('p3'), 'webp', of(red), 4],
  ['Display P3', flat(red).withIccProfile('p3'), 'avif', of(red), 4],
  ['an sRGB profile', flat(red).withIccProfile('srgb'), 'png', of(red), 1],
  ['16 bits', flat(red).toColourspace('rgb16'), 'png', of(red), 1],
  [
    '16 bits with an sRGB profile',
    flat(red).withIccProfile('srgb').toColourspace('rgb16'),
    'png',
    of(red),
    3,
  ],
  [
    '16 bits in Display P3',
    flat(red).withIccProfile('p3').toColourspace('rgb16'),
    'png',
    of(red),
    3,
  ],
  ['grey', flat({ r: 119, g: 119, b: 119 }).toColourspace('b-w'), 'png', [119, 119, 119], 1],
  ['grey', flat({ r: 119, g: 119, b: 119 }).toColourspace('b-w'), 'jpeg', [119, 119, 119], 2],
  [
    '16-bit grey',
    flat({ r: 119, g: 119, b: 119 }).toColourspace('grey16'),
    'png',
    [119, 119, 119],
    1,
  ],
  ['a palette', flat(brown).png({ palette: true }), 'png', of(brown), 1],
]

for (const [title, image, format, seen, tolerance] of colours) {
  t.test(`${title} in ${format} becomes the same colour in sRGB of 8 bits`, async (t) => {
    const original = await encoded(image, format)
    const result = await resized(original, format, [32, 32])
    const { space, depth, hasProfile } = await sharp(result).metadata()
    t.strictSame({ space, depth, hasProfile }, { space: 'srgb', depth: 'uchar', hasProfile: false })
    const { center } = await pixelsOf(result)
    t.ok(isNear(center, seen, tolerance), `${center} is about ${seen}`)
  })
}

t.test('16-bit grey with a profile becomes the same tone in sRGB of 8 bits', async (t) => {
  const size = { width: 64, height: 48 }
  // What 100 of 255 is by sRGB (IEC 61966-2-1) where samples are as the light is, and by a power.
  for (const [gamma, seen] of [
    [1, 168],
    [1.8, 119],
  ] as const) {
    const opaque = await resized(deepGrey(size, 100, { gamma }), 'png', [32, 32])
    t.match(await sharp(opaque).metadata(), { space: 'srgb', depth: 'uchar', hasProfile: false })
    const { center } = await pixelsOf(opaque)
    t.ok(isNear(center, [seen, seen, seen], 1), `gamma ${gamma}: ${center}`)
    const half = await resized(deepGrey(size, 100, { gamma, alpha: 128 }), 'png', [32, 32])
    const { center: behind } = await pixelsOf(half)
    t.ok(isNear(behind, [seen, seen, seen, 128], 1), `gamma ${gamma}, half seen through: ${behind}`)
  }
})

t.test('AVIF of 10 bits in Display P3 becomes the same colour in sRGB of 8 bits', async (t) => {
  const deep = flat(red).withIccProfile('p3').avif({ bitdepth: 10, quality: 95 })
  const original = await deep.toBuffer()
  t.match(await sharp(original).metadata(), { depth: 'ushort', hasProfile: true })
  const result = await resized(original, 'avif', [32, 32])
  t.match(await sharp(result).metadata(), { depth: 'uchar', hasProfile: false })
  const { center } = await pixelsOf(result)
  t.ok(isNear(center, of(red), 4), `${center}`)
})

t.test('the wide and the deep are stored as what they are called', async (t) => {
  const cmyk = await encoded(flat(brown).withIccProfile('cmyk'), 'jpeg')
  t.match(await sharp(cmyk).metadata(), { space: 'cmyk', channels: 4, hasProfile: true })
  const wide = await encoded(flat(red).withIccProfile('p3'), 'png')
  const stored = await sharp(wide, { ignoreIcc: true }).raw().toBuffer()
  t.ok(isNear([...stored.subarray(0, 3)], [184, 50, 41], 2), 'other numbers than in sRGB')
})

for (const format of ['png', 'webp', 'avif'] as const) {
  t.test(`${format} keeps alpha, and no colour bleeds from what cannot be seen`, async (t) => {
    const [width, height] = [64, 48]
    const pixels = Buffer.alloc(width * height * 4)
    for (let i = 0; i < width * height; i++) {
      const visible = i % width < width / 2
      pixels.set(visible ? [250, 250, 250, 255] : [0, 0, 0, 0], i * 4)
    }
    const image = sharp(pixels, { raw: { width, height, channels: 4 } })
    const original = await image.toFormat(format, { lossless: true }).toBuffer()
    const { at } = await pixelsOf(await resized(original, format, [25, 25]))
    t.ok(isNear(at(3, 9), [250, 250, 250, 255], 6), `${at(3, 9)}`)
    t.ok((at(22, 9)[3] as number) <= 3, `${at(22, 9)}`)
    for (let x = 0; x < 25; x++) {
      const [r = 0, , , alpha = 0] = at(x, 9)
      if (alpha > 60) t.ok(r > 225, `column ${x} with alpha ${alpha} is ${r}`)
    }
  })
}

t.test('a gif of two colours gets those between them', async (t) => {
  const [width, height] = [400, 300]
  const disc = Buffer.alloc(width * height * 3, 255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.hypot(x - 200, y - 150) < 120)
        disc.fill(0, (y * width + x) * 3, (y * width + x + 1) * 3)
    }
  }
  const raw = { raw: { width, height, channels: 3 } } as const
  const result = await resized(await sharp(disc, raw).gif().toBuffer(), 'gif', [100, 100])
  const exact = await sharp(disc, raw).resize(100, 75).raw().toBuffer()
  const made = await sharp(result).removeAlpha().raw().toBuffer()
  t.equal(made.length, exact.length)
  const largest = made.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (exact[i] ?? 0))),
    0,
  )
  t.ok(largest < 16, `${largest} is the largest difference`)
})

for (const format of ['gif', 'webp'] as const) {
  t.test(`an animated ${format} keeps its frames, their times and repetitions`, async (t) => {
    const frames = ['#f00', '#0f0', '#00f'].map((colour) =>
      picture(64, 48, colour).png().toBuffer(),
    )
    const animation = sharp(await Promise.all(frames), { join: { animated: true } })
    const original = await animation
      .toFormat(format, { delay: [100, 200, 300], loop: 2 })
      .toBuffer()
    const result = await resized(original, format, [32, 100])
    const { pages, width, pageHeight, delay, loop } = await sharp(result, { pages: -1 }).metadata()
    t.strictSame(
      { pages, width, pageHeight, delay, loop },
      {
        pages: 3,
        width: 32,
        pageHeight: 24,
        delay: [100, 200, 300],
        loop: 2,
      },
    )
    for (const [frame, seen] of [
      [0, [255, 0, 0]],
      [1, [0, 255, 0]],
      [2, [0, 0, 255]],
    ] as const) {
      const { center } = await pixelsOf(result, frame)
      t.ok(isNear(center.slice(0, 3), seen, 5), `frame ${frame} is ${center}`)
    }
  })
}

t.test('an animation with an EXIF orientation is not turned', async (t) => {
  const frames = ['#f00', '#0f0'].map((colour) => picture(64, 48, colour).png().toBuffer())
  const animation = sharp(await Promise.all(frames), { join: { animated: true } })
  const original = await animation.withMetadata({ orientation: 6 }).webp().toBuffer()
  const result = await resized(original, 'webp', [32, 32])
  const { pages, width, pageHeight } = await sharp(result, { pages: -1 }).metadata()
  t.strictSame({ pages, width, pageHeight }, { pages: 2, width: 32, pageHeight: 24 })
})

t.test('what breaks off in its pixels cannot be decoded', async (t) => {
  for (const format of formats) {
    const noise = sharp({
      create: {
        width: 64,
        height: 48,
        channels: 3,
        background: '#000',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
    const whole = await encoded(noise, format)
    const cut = whole.subarray(0, Math.floor(whole.length * 0.6))
    await t.rejects(
      resized(cut, format, [32, 32]),
      { name: 'RightsizeError', code: 'undecodable' },
      format,
    )
  }
})

/** With other bytes at the end of the pixels. */
function withDamage(png: Buffer): Buffer {
  return Buffer.from(png).fill(0, png.length - 60, png.length - 40)
}

t.test('what fails when its time is over has missed its deadline', async (t) => {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const large = { width: 1_000, height: 1_000, channels: 3, background: '#000', noise } as const
  const whole = await sharp({ create: large }).png({ compressionLevel: 1 }).toBuffer()
  const damaged = withDamage(whole)
  const header = await readImageHeader(damaged, 'png', { maxPixels: 1e9, maxFrames: 1_000 })
  const made = (timeoutMs: number) =>
    resize(damaged, header, { width: 900, height: 900 }, { timeoutMs })
  await t.rejects(made(1), { code: 'deadline' })
  await t.rejects(made(60_000), { code: 'undecodable' })
})

t.test('a JPEG that breaks off before its end marker cannot be decoded', async (t) => {
  const whole = await encoded(turnedPicture(96, 64, 1), 'jpeg')
  const ended = Buffer.concat([whole.subarray(0, whole.length - 100), Buffer.from([0xff, 0xd9])])
  await t.rejects(resized(ended, 'jpeg', [48, 48]), { code: 'undecodable' })
})

t.test('a photo of a Samsung camera, whose only scan has wrong parameters', async (t) => {
  const original = await encoded(turnedPicture(96, 64, 1), 'jpeg')
  const odd = withOddScan(original)
  const before = Buffer.from(odd)
  await t.rejects(sharp(odd).raw().toBuffer(), 'decoders warn of it')
  t.ok((await resized(odd, 'jpeg', [48, 48])).equals(await resized(original, 'jpeg', [48, 48])))
  t.ok(odd.equals(before), 'the original stays as it is')
})

t.test('such photos beside others that fail at once', async (t) => {
  const whole = await texture(400, 300).jpeg().toBuffer()
  const odd = withOddScan(whole)
  const damaged = withDamage(await texture(40, 30).png().toBuffer())
  const expected = await resized(whole, 'jpeg', [48, 48])
  const beside = (picture: Buffer, format: Format) =>
    Array.from({ length: 12 }, () => resized(picture, format, [48, 48]))
  const failing = Promise.allSettled(beside(damaged, 'png'))
  const results = await Promise.allSettled([...beside(odd, 'jpeg'), ...beside(odd, 'jpeg')])
  for (const result of results) t.match(result, { status: 'fulfilled', value: expected })
  for (const result of await failing) t.match(result, { reason: { code: 'undecodable' } })
})

t.test('such a photo that breaks off before its end marker cannot be decoded', async (t) => {
  const whole = withOddScan(await texture(96, 64).jpeg().toBuffer())
  t.ok(await resized(whole, 'jpeg', [48, 48]))
  const cut = whole.subarray(0, whole.length / 2)
  await t.rejects(resized(cut, 'jpeg', [48, 48]), { code: 'undecodable' })
  const ended = Buffer.concat([cut, Buffer.from([0xff, 0xd9])])
  await t.rejects(resized(ended, 'jpeg', [48, 48]), { code: 'undecodable' })
})

interface Row {
  source: Size
  orientation: number
  box: Size
  result: Size
}

const file = new URL('imagemagick.json', import.meta.url)
const { rows } = JSON.parse(await readFile(file, 'utf8')) as { rows: Row[] }

t.test('real pictures come out as large as ImageMagick makes them', async (t) => {
  const originals = new Map<string, Promise<Buffer>>()
  t.ok(rows.length > 40)
  for (const { source, orientation, box, result } of rows) {
    const name = `${source.join('x')} orientation ${orientation}`
    const draw = () =>
      picture(...source)
        .withMetadata({ orientation })
        .jpeg()
        .toBuffer()
    const original = originals.get(name) ?? draw()
    originals.set(name, original)
    const { width, height } = await sharp(await resized(await original, 'jpeg', box)).metadata()
    t.strictSame([width, height], result, `${name} into ${box.join('x')}`)
  }
})
