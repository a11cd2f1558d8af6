import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { readImageHeader } from '../../service/header/read-image-header.ts'
import { withProfile } from '../../service/png-colour/with-profile.ts'
import { resize } from '../../service/resize.ts'
import { chunk, headerData, png } from '../hostile/png.ts'
import { deepGrey, profileChunk } from './grey-profile.ts'
import { isNear, type Pixel, pixelsOf } from './pictures.ts'

/** What is stored, in 255ths or in indices of the palette, and by which rules. */
interface Stored {
  samples: Pixel
  depth?: number
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA. */
  colour?: number
  /** Chunks behind those about the colours. */
  behind?: readonly Buffer[]
}

const colourTypeOf = [0, 0, 4, 2, 6]

/** A PNG of one colour, with `chunks` in front of its pixels. */
function flat(stored: Stored, ...chunks: readonly Buffer[]): Buffer {
  const { samples, depth = 8, colour = colourTypeOf[samples.length], behind = [] } = stored
  // In 16 bits, n of 255 is n * 257 of 65,535.
  const pixel = samples.flatMap((sample) => (depth === 16 ? [sample, sample] : [sample]))
  const row = Buffer.concat([
    Buffer.alloc(1),
    Buffer.alloc((64 * pixel.length * Math.min(depth, 8)) / 8, Buffer.from(pixel)),
  ])
  return png(
    chunk('IHDR', headerData({ width: 64, height: 48, depth, colour })),
    ...chunks,
    ...behind,
    chunk('IDAT', deflateSync(Buffer.concat(Array<Buffer>(48).fill(row)))),
  )
}

async function resized(original: Buffer): Promise<Buffer> {
  const header = await readImageHeader(original, 'png', { maxPixels: 1e9, maxFrames: 1 })
  return resize(original, header, { width: 32, height: 32 }, { timeoutMs: 60_000 })
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i)
  })
  return bytes
}

/** Of `exponent` as it is seen, where the chunk has its inverse (PNG 3rd edition, 11.3.2.2). */
const gamma = (exponent: number) => chunk('gAMA', numbers(Math.round(1e5 / exponent)))

/** White, red, green and blue, each x and y (11.3.2.1). */
const chromaticities = (...values: readonly number[]) =>
  chunk('cHRM', numbers(...values.map((value) => Math.round(value * 1e5))))

const codePoints = (...values: readonly number[]) => chunk('cICP', Buffer.from(values))

const intent = chunk('sRGB', Buffer.from([0]))
const srgb = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06]
const p3 = [0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06]
const romm = [0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001]

type Matrix = readonly (readonly [number, number, number])[]

/** From light of other primaries to that of sRGB's (CSS Color 4, 18, "Sample code"). */
const fromP3: Matrix = [
  [1.2249401763, -0.2249401763, 0],
  [-0.0420569547, 1.0420569547, 0],
  [-0.0196375546, -0.0786360456, 1.0982736001],
]
const from2020: Matrix = [
  [1.6604910021, -0.5876411388, -0.0728498633],
  [-0.1245504745, 1.1328998971, -0.0083494226],
  [-0.0181507634, -0.100578898, 1.1187296614],
]
const fromRomm: Matrix = [
  [2.0343676, -0.7275763, -0.3067913],
  [-0.2288142, 1.2317292, -0.002915],
  [-0.0085697, -0.1532866, 1.1618563],
]
const same: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

const power = (exponent: number) => (value: number) => value ** exponent

/** sRGB, from what is stored to light and back (IEC 61966-2-1). */
const decode = (value: number) =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
const encode = (light: number) =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055

/** What three samples of 255 are in sRGB. */
function seenAs(samples: Pixel, toLight: (value: number) => number, matrix = same): Pixel {
  const light = samples.map((sample) => toLight(sample / 255))
  return matrix.map((row) => {
    const channel = row.reduce((sum, factor, i) => sum + factor * (light[i] as number), 0)
    return Math.round(255 * encode(Math.min(Math.max(channel, 0), 1)))
  })
}

async function checkSeen(t: Test, original: Buffer, seen: Pixel, tolerance = 1): Promise<void> {
  const result = await resized(original)
  t.match(await sharp(result).metadata(), { space: 'srgb', depth: 'uchar', hasProfile: false })
  const { center } = await pixelsOf(result)
  t.ok(isNear(center, seen, tolerance), `${center} is about ${seen}`)
}

/** With alpha of 128 and 8 bits, samples are rounded when they are half as bright. */
const behindAlpha = 2

const brown = [120, 60, 30]
const dark = [20, 10, 5]
const red = [184, 50, 41]
const two = (light: number) => chunk('PLTE', Buffer.from([0, 0, 0, ...Array(3).fill(light)]))

const converted: [title: string, original: Buffer, seen: Pixel, tolerance?: number][] = [
  ['light as it is', flat({ samples: brown }, gamma(1)), seenAs(brown, power(1))],
  ['gamma 1.8', flat({ samples: brown }, gamma(1.8)), seenAs(brown, power(1.8))],
  ['gamma 2.6', flat({ samples: brown }, gamma(2.6)), seenAs(brown, power(2.6))],
  [
    'gamma beside the primaries of sRGB',
    flat({ samples: brown }, gamma(1), chromaticities(...srgb)),
    seenAs(brown, power(1)),
  ],
  [
    'the primaries of Display P3',
    flat({ samples: red }, gamma(2.2), chromaticities(...p3)),
    seenAs(red, power(2.2), fromP3),
  ],
  [
    'the same, the other way round',
    flat({ samples: red }, chromaticities(...p3), gamma(2.2)),
    seenAs(red, power(2.2), fromP3),
  ],
  [
    'primaries with another white',
    flat({ samples: brown }, gamma(1.8), chromaticities(...romm)),
    seenAs(brown, power(1.8), fromRomm),
    2,
  ],
  [
    'that white itself',
    flat({ samples: [255, 255, 255] }, gamma(1.8), chromaticities(...romm)),
    [255, 255, 255],
  ],
  [
    'Display P3 by its code points',
    flat({ samples: red }, codePoints(12, 13, 0, 1)),
    seenAs(red, decode, fromP3),
  ],
  [
    'BT.2020 by its code points',
    flat({ samples: brown }, codePoints(9, 14, 0, 1)),
    seenAs(brown, power(2.4), from2020),
  ],
  [
    'BT.709 by its code points',
    flat({ samples: brown }, codePoints(1, 1, 0, 1)),
    seenAs(brown, power(2.4)),
  ],
  ['white of DCI-P3', flat({ samples: [255, 255, 255] }, codePoints(11, 4, 0, 1)), [255, 255, 255]],
  [
    'code points of gamma 2.8',
    flat({ samples: brown }, codePoints(1, 5, 0, 1)),
    seenAs(brown, power(2.8)),
  ],
  [
    'code points of light, beside all else',
    flat({ samples: brown }, intent, gamma(2.2), codePoints(1, 8, 0, 1)),
    seenAs(brown, power(1)),
  ],
  ['grey', flat({ samples: [60] }, gamma(1)), seenAs([60, 60, 60], power(1))],
  [
    'grey by code points',
    flat({ samples: [60] }, codePoints(9, 8, 0, 1)),
    seenAs([60, 60, 60], power(1)),
  ],
  [
    'grey of four bits',
    flat({ samples: [0x55], depth: 4, colour: 0 }, gamma(1)),
    seenAs([0x55, 0x55, 0x55], power(1)),
  ],
  [
    'grey with alpha',
    flat({ samples: [60, 128] }, gamma(1)),
    [...seenAs([60, 60, 60], power(1)), 128],
    behindAlpha,
  ],
  [
    'colours with alpha',
    flat({ samples: [...brown, 128] }, gamma(1)),
    [...seenAs(brown, power(1)), 128],
    behindAlpha,
  ],
  [
    'a palette',
    flat({ samples: [1], colour: 3, behind: [two(60)] }, gamma(1)),
    seenAs([60, 60, 60], power(1)),
  ],
  [
    'a palette with alpha',
    flat(
      { samples: [1], colour: 3, behind: [two(60), chunk('tRNS', Buffer.from([255, 128]))] },
      gamma(1),
    ),
    [...seenAs([60, 60, 60], power(1)), 128],
    behindAlpha,
  ],
  ['16 bits', flat({ samples: brown, depth: 16 }, gamma(1)), seenAs(brown, power(1))],
  [
    'dark colours of 16 bits',
    flat({ samples: dark, depth: 16 }, gamma(1)),
    seenAs(dark, power(1)),
    2,
  ],
  [
    '16 bits in Display P3',
    flat({ samples: red, depth: 16 }, codePoints(12, 13, 0, 1)),
    seenAs(red, decode, fromP3),
    2,
  ],
  ['16-bit grey', flat({ samples: [60], depth: 16 }, gamma(1)), seenAs([60, 60, 60], power(1))],
  [
    '16-bit grey with alpha',
    flat({ samples: [60, 128], depth: 16 }, gamma(1)),
    [...seenAs([60, 60, 60], power(1)), 128],
  ],
  [
    'chunks in front and between',
    flat(
      { samples: brown },
      chunk('tEXt', Buffer.from('a\0b')),
      gamma(1),
      chunk('pHYs', Buffer.alloc(9)),
    ),
    seenAs(brown, power(1)),
  ],
]

for (const [title, original, seen, tolerance] of converted) {
  t.test(`${title}: becomes the same colour in sRGB`, (t) =>
    checkSeen(t, original, seen, tolerance),
  )
}

t.test('code points win over a profile', async (t) => {
  const profile = profileChunk(1.8)
  for (const profiled of [
    [profile, codePoints(1, 8, 0, 1)],
    [codePoints(1, 8, 0, 1), profile],
  ]) {
    await checkSeen(t, flat({ samples: [60] }, ...profiled), seenAs([60, 60, 60], power(1)))
  }
  await checkSeen(
    t,
    flat({ samples: [60] }, profileChunk(1), codePoints(1, 13, 0, 1)),
    [60, 60, 60],
  )
})

const damagedGamma = chunk('gAMA', numbers(100_000), 1)
const unchanged: [title: string, ...chunks: Buffer[]][] = [
  ['gamma 2.2', gamma(2.2)],
  ['a gamma that is almost 2.2', chunk('gAMA', numbers(45_000))],
  ['gamma 2.2 and the primaries of sRGB', gamma(2.2), chromaticities(...srgb)],
  ['the same, rounded', gamma(2.2), chromaticities(0.313, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)],
  ['primaries alone, as browsers have it', chromaticities(...p3)],
  ['gamma beside the word that it is sRGB', intent, gamma(1)],
  ['that word behind it', gamma(1), chromaticities(...p3), intent],
  ['code points of sRGB', codePoints(1, 13, 0, 1)],
  ['code points of sRGB beside gamma', gamma(1), codePoints(1, 13, 0, 1)],
  ['code points of PQ', codePoints(9, 16, 0, 1)],
  ['code points of PQ beside gamma', codePoints(9, 16, 0, 1), gamma(1)],
  ['code points of HLG', codePoints(9, 18, 0, 1)],
  ['unknown primaries', codePoints(77, 8, 0, 1)],
  ['an unknown transfer', codePoints(1, 77, 0, 1)],
  ['a matrix', codePoints(1, 8, 1, 1)],
  ['the narrow range', codePoints(1, 8, 0, 0)],
  ['too few code points', codePoints(12, 8, 0)],
  ['too many code points', codePoints(12, 8, 0, 1, 0)],
  ['no gamma', chunk('gAMA', numbers(0))],
  ['the largest gamma', chunk('gAMA', numbers(2 ** 32 - 1))],
  ['the smallest gamma', chunk('gAMA', numbers(1))],
  ['a short gamma', chunk('gAMA', Buffer.alloc(3, 1))],
  ['a long gamma', chunk('gAMA', numbers(100_000, 0))],
  ['an empty gamma', chunk('gAMA', Buffer.alloc(0))],
  ['a gamma with a wrong checksum', damagedGamma],
  ['primaries in one place', gamma(1), chromaticities(0.3127, 0.329, ...Array(6).fill(0.3))],
  ['primaries on one line', gamma(1), chromaticities(0.3, 0.3, 0.1, 0.1, 0.2, 0.2, 0.4, 0.4)],
  ['nothing but zeros', gamma(1), chromaticities(...Array(8).fill(0))],
  ['white without light', gamma(1), chromaticities(0.3127, 0, ...srgb.slice(2))],
  ['primaries beyond all colours', gamma(1), chunk('cHRM', numbers(...Array(8).fill(2 ** 32 - 1)))],
  [
    'too many chunks in front',
    ...Array<Buffer>(1_000).fill(chunk('tIME', Buffer.alloc(7))),
    gamma(1),
  ],
]

for (const [title, ...chunks] of unchanged) {
  t.test(`${title}: nothing becomes of it`, async (t) => {
    for (const stored of [{ samples: brown }, { samples: [60, 128], depth: 16 }]) {
      const expected = await resized(flat(stored))
      t.ok((await resized(flat(stored, ...chunks))).equals(expected), `${stored.samples}`)
    }
  })
}

t.test('a profile wins over gamma and over the word that it is sRGB', async (t) => {
  const expected = await resized(deepGrey({ width: 64, height: 48 }, 100, { gamma: 1.8 }))
  for (const chunks of [
    [profileChunk(1.8), gamma(1)],
    [gamma(1), profileChunk(1.8)],
    [intent, gamma(1), profileChunk(1.8)],
  ]) {
    const result = await resized(flat({ samples: [100], depth: 16 }, ...chunks))
    t.ok(result.equals(expected))
  }
})

t.test('what comes behind the palette or the pixels is out of place', async (t) => {
  const palette = (...behind: Buffer[]) => flat({ samples: [1], colour: 3, behind })
  t.ok((await resized(palette(two(60), gamma(1)))).equals(await resized(palette(two(60)))))
  const whole = flat({ samples: brown })
  const end = whole.length - 12
  const late = Buffer.concat([whole.subarray(0, end), gamma(1), whole.subarray(end)])
  t.ok((await resized(late)).equals(await resized(whole)))
})

t.test('the first of several counts', async (t) => {
  const twice = flat({ samples: brown }, gamma(1), gamma(1.8))
  await checkSeen(t, twice, seenAs(brown, power(1)))
  const mended = flat({ samples: brown }, damagedGamma, gamma(1.8))
  await checkSeen(t, mended, seenAs(brown, power(1.8)))
})

t.test('the original stays as it is', async (t) => {
  const original = flat({ samples: brown }, gamma(1))
  const before = Buffer.from(original)
  await resized(original)
  t.ok(original.equals(before))
})

const extreme = fc.oneof(
  fc.constantFrom(0, 1, 999, 1_000, 45_455, 1e5, 1e7, 2 ** 31 - 1, 2 ** 32 - 1),
  fc.nat(1e5),
  fc.nat(2 ** 32 - 1),
)
const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const anyChunk = fc.oneof(
  extreme.map((value) => chunk('gAMA', numbers(value))),
  fc
    .array(extreme, { minLength: 8, maxLength: 8 })
    .map((values) => chunk('cHRM', numbers(...values))),
  fc.tuple(fc.nat(20), fc.nat(20), fc.nat(1), fc.nat(1)).map((codes) => codePoints(...codes)),
  fc
    .tuple(fc.constantFrom('gAMA', 'cHRM', 'cICP', 'sRGB', 'iCCP'), anyBytes)
    .map(([type, bytes]) => chunk(type, bytes)),
)
const anyStored = fc.constantFrom<Stored>(
  { samples: brown },
  { samples: [60] },
  { samples: [60, 128], depth: 16 },
  { samples: [...brown, 128], depth: 16 },
  { samples: [1], colour: 3, behind: [two(60)] },
)

t.test('whatever chunks say, the picture is made', async () => {
  const chunks = fc.array(anyChunk, { maxLength: 4 })
  const property = fc.asyncProperty(anyStored, chunks, async (stored, chunks) => {
    await resized(flat(stored, ...chunks))
  })
  await fc.assert(property, { numRuns: 500 })
})

t.test('a file that breaks off anywhere', async (t) => {
  const whole = flat({ samples: brown }, gamma(1), chromaticities(...p3), codePoints(12, 8, 0, 1))
  for (let end = 0; end <= whole.length; end++) withProfile(whole.subarray(0, end))
  t.ok(withProfile(whole).length > whole.length)
})
