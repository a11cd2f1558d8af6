/**
 * What plain files say of themselves is what their decoder says, whatever has become of them. A few
 * in every run of the tests, many with `npm run fuzz`.
 */
import { isDeepStrictEqual } from 'node:util'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import type { Sharp } from 'sharp'
import t, { type Test } from 'tap'
import { sniff } from '../../../service/formats.ts'
import { decoderHeader } from '../../../service/header/decoder-header.ts'
import { plainHeader } from '../../../service/header/plain-header.ts'
import { countOf } from '../../count-of.ts'
import { picture } from '../../helper.ts'
import { segment, withFactors, withSegments } from '../../hostile/jpeg.ts'
import { chunk, headerData, png } from '../../hostile/png.ts'
import { translucent, turnedPicture } from '../pictures.ts'

const runs = Math.ceil(countOf('FUZZ_RUNS', 20_000) / 20)

const jpegs: Record<string, () => Sharp> = {
  baseline: () => picture(64, 48).jpeg(),
  progressive: () => picture(64, 48).jpeg({ progressive: true }),
  grey: () => picture(64, 48).toColourspace('b-w').jpeg(),
  CMYK: () => picture(64, 48).toColourspace('cmyk').jpeg(),
  'with all of its colours': () => picture(64, 48).jpeg({ chromaSubsampling: '4:4:4' }),
  'with its profile': () => picture(64, 48).withIccProfile('p3').jpeg(),
  'with EXIF that says nothing of turning': () =>
    picture(64, 48)
      .withExif({ IFD0: { Artist: 'A. Photographer' } })
      .jpeg(),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [
      `turned by ${orientation}`,
      () => turnedPicture(64, 48, orientation).jpeg(),
    ]),
  ),
}

const pngs: Record<string, () => Sharp> = {
  'of colours': () => picture(64, 48).png(),
  'with alpha': () => translucent(64, 48).png(),
  interlaced: () => translucent(64, 48).png({ progressive: true }),
  grey: () => picture(64, 48).toColourspace('b-w').png(),
  'grey, with alpha': () => translucent(64, 48).toColourspace('b-w').png(),
  'of 16 bits': () => picture(64, 48).toColourspace('rgb16').png(),
  'of a palette': () => picture(64, 48).png({ palette: true }),
  'of a palette, with alpha': () => translucent(64, 48).png({ palette: true }),
  'of a palette of two': () => picture(64, 48).png({ palette: true, colours: 2 }),
}

const ordinary = [
  ...Object.entries(jpegs).map(([name, draw]) => ({ name, draw, format: 'jpeg' }) as const),
  ...Object.entries(pngs).map(([name, draw]) => ({ name, draw, format: 'png' }) as const),
]

for (const { name, draw, format } of ordinary) {
  t.test(`a ${format} ${name} is plain, and is read as its decoder does`, async (t) => {
    const bytes = await draw().toBuffer()
    t.strictSame(plainHeader(bytes, format), await decoderHeader(bytes, format))
  })
}

const sampled: [factors: number[], sampling: number][] = [
  [[0x11, 0x11, 0x11], 1],
  [[0x22, 0x22, 0x22], 1],
  [[0x22, 0x11, 0x11], 1 / 2],
  [[0x21, 0x11, 0x11], 2 / 3],
  [[0x12, 0x11, 0x11], 2 / 3],
  [[0x41, 0x11, 0x11], 1 / 2],
  [[0x11, 0x22, 0x22], 3 / 4],
  [[0x31, 0x21, 0x11], 2 / 3],
]

for (const [factors, sampling] of sampled) {
  t.test(`a JPEG with the sampling factors ${Buffer.from(factors).toString('hex')}`, async (t) => {
    const ordinary = await picture(64, 48).jpeg({ progressive: true }).toBuffer()
    const file = withFactors(ordinary, ...factors)
    const filled = Buffer.concat([file.subarray(0, 2), Buffer.from([0, 0xff]), file.subarray(2)])
    const decoded = await decoderHeader(file, 'jpeg')
    t.ok(Math.abs(decoded.sampling - sampling) < 1e-9, `${decoded.sampling}`)
    t.strictSame(plainHeader(file, 'jpeg'), decoded)
    t.equal(plainHeader(filled, 'jpeg'), undefined)
    t.strictSame(await decoderHeader(filled, 'jpeg'), decoded, 'with bytes that are passed over')
  })
}

t.test('sampling factors that there cannot be', async (t) => {
  const ordinary = await picture(64, 48).jpeg().toBuffer()
  for (const factor of [0x00, 0x01, 0x15, 0x51]) {
    const file = withFactors(ordinary, factor)
    t.equal(plainHeader(file, 'jpeg'), undefined)
    await t.rejects(decoderHeader(file, 'jpeg'), { code: 'undecodable' })
  }
})

/** Bytes that have a meaning somewhere in a header. */
const telling = [
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x10, 0x11, 0x12, 0x2a, 0x49, 0x4d, 0x7f, 0x80],
  ...[
    0x21, 0x22, 0x41, 0xc0, 0xc1, 0xc2, 0xc4, 0xc9, 0xd0, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xe1, 0xe2,
    0xfe, 0xff,
  ],
]
const bytes = fc
  .array(fc.oneof(fc.constantFrom(...telling), fc.nat(255)), { minLength: 1, maxLength: 4 })
  .map((values) => Buffer.from(values))

const mutation = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'repeat', 'cut'),
  // What matters stands in front.
  at: fc.oneof(fc.nat(63), fc.nat(255), fc.nat(4_095)),
  length: fc.integer({ min: 1, max: 64 }),
  bytes,
})

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutate(file: Buffer, { kind, at, length, bytes }: Mutation): Buffer {
  const before = file.subarray(0, at)
  const after = file.subarray(at)
  switch (kind) {
    case 'replace':
      return Buffer.concat([before, bytes, after.subarray(bytes.length)])
    case 'insert':
      return Buffer.concat([before, bytes, after])
    case 'remove':
      return Buffer.concat([before, after.subarray(length)])
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after])
    default:
      return before
  }
}

const number = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 26, 2 ** 31), fc.nat(2 ** 31))

/** An entry of an EXIF directory: tag, type, count and value. */
const entry = fc.tuple(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(0x0112) },
    fc.constantFrom(0x0100, 0x010f, 0x0110, 0x8769, 0x8825),
    fc.nat(0xffff),
  ),
  fc.oneof({ weight: 3, arbitrary: fc.constant(3) }, fc.nat(14)),
  fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, number),
  fc.oneof({ weight: 3, arbitrary: fc.nat(9) }, number),
)

const tiff = fc
  .record({
    isLittle: fc.boolean(),
    entries: fc.array(entry, { maxLength: 4 }),
    sorted: fc.boolean(),
    directory: fc.oneof({ weight: 4, arbitrary: fc.constant(8) }, fc.nat(80)),
    said: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 600 })),
    tail: fc.nat(16),
  })
  .map(({ isLittle, entries, sorted, directory, said, tail }) => {
    const number = (bytes: number, value: number) => {
      const buffer = Buffer.alloc(bytes)
      if (isLittle) buffer.writeUIntLE(value, 0, bytes)
      else buffer.writeUIntBE(value, 0, bytes)
      return buffer
    }
    const u16 = (value: number) => number(2, value & 0xffff)
    const u32 = (value: number) => number(4, value)
    const ordered = sorted ? entries.toSorted(([a], [b]) => a - b) : entries
    return Buffer.concat([
      Buffer.from(isLittle ? 'II' : 'MM'),
      u16(42),
      u32(directory),
      u16(Math.max(0, entries.length + said)),
      ...ordered.flatMap(([tag, type, count, value]) => [
        u16(tag),
        u16(type),
        u32(count),
        // A short stands in the first two of the four bytes.
        ...(type === 3 && count === 1 ? [u16(value), u16(0)] : [u32(value)]),
      ]),
      Buffer.alloc(tail),
    ])
  })

const anySegment = fc.oneof(
  tiff.map((data) => segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), data]))),
  bytes.map((data) => segment(0xe1, Buffer.concat([Buffer.from('Exif'), data]))),
  fc
    .tuple(fc.nat(3), fc.nat(3), bytes)
    .map(([nth, of, data]) =>
      segment(0xe2, Buffer.concat([Buffer.from(`ICC_PROFILE\0`), Buffer.from([nth, of]), data])),
    ),
  fc
    .tuple(fc.integer({ min: 0xc0, max: 0xfe }), bytes)
    .map(([marker, data]) => segment(marker, data)),
)

const anyJpeg = (files: readonly Buffer[]) =>
  fc
    .tuple(
      fc.constantFrom(...files),
      fc.array(anySegment, { maxLength: 3 }),
      fc.array(mutation, { maxLength: 2 }),
    )
    .map(([file, segments, mutations]) => mutations.reduce(mutate, withSegments(file, ...segments)))

const harmless = ['gAMA', 'cHRM', 'sRGB', 'sBIT', 'bKGD', 'hIST', 'pHYs', 'tIME']
const telltale = ['tEXt', 'iTXt', 'zTXt', 'iCCP', 'acTL', 'cICP', 'fooB', 'IHDR', 'IEND']

const anyChunk = fc.oneof(
  fc.tuple(fc.constantFrom(...harmless), bytes).map(([type, data]) => chunk(type, data)),
  fc.integer({ min: 1, max: 32 }).map((length) => chunk('tRNS', Buffer.alloc(length, 1))),
  fc.integer({ min: 0, max: 20 }).map((colours) => chunk('PLTE', Buffer.alloc(3 * colours))),
  tiff.map((data) => chunk('eXIf', data)),
  fc
    .constantFrom(...telltale)
    .map((type) => chunk(type, Buffer.from('Raw profile type exif\0\0\0'))),
)

const side = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 9 }) }, number)

const anyPng = fc
  .record({
    width: side,
    height: side,
    depth: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2, 4, 8, 16) }, fc.nat(17)),
    colour: fc.nat(6),
    ways: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom([0, 0, 0], [0, 0, 1]) },
      fc.constantFrom([1, 0, 0], [0, 1, 0], [0, 0, 2]),
    ),
    chunks: fc.array(anyChunk, { maxLength: 3 }),
    mutations: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Mutation[]>([]) },
      fc.array(mutation, { maxLength: 2 }),
    ),
  })
  .map(({ ways, chunks, mutations, ...header }) => {
    const data = headerData(header)
    data.set(ways, 10)
    const file = png(chunk('IHDR', data), ...chunks, chunk('IDAT', deflateSync(Buffer.alloc(99))))
    return mutations.reduce(mutate, file)
  })

/** Whether the file is plain, and then, that its decoder refuses it or says the same. */
async function agrees(t: Test, file: Buffer): Promise<boolean> {
  const format = sniff(file)
  if (format !== 'jpeg' && format !== 'png') return false
  const plain = plainHeader(file, format)
  if (!plain) return false
  const decoded = await decoderHeader(file, format).catch(() => undefined)
  if (decoded && !isDeepStrictEqual(plain, decoded)) {
    t.match(plain, decoded)
    throw new Error(`read otherwise: ${file.toString('base64')}`)
  }
  return decoded !== undefined
}

async function checkMany(t: Test, files: fc.Arbitrary<Buffer>): Promise<void> {
  let plain = 0
  const check = async (file: Buffer) => {
    if (await agrees(t, file)) plain++
  }
  await fc.assert(fc.asyncProperty(files, check), { numRuns: runs })
  t.ok(plain > runs / 25, `${plain} of ${runs} were plain`)
}

t.test('JPEGs, whole and damaged', async (t) => {
  const files = await Promise.all(Object.values(jpegs).map((draw) => draw().toBuffer()))
  await checkMany(t, anyJpeg(files))
})

t.test('PNGs, whole and damaged', (t) => checkMany(t, anyPng))
