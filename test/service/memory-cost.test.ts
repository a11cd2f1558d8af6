import fc from 'fast-check'
import t from 'tap'
import type { ImageHeader } from '../../service/header/image-header.ts'
import { memoryCost } from '../../service/memory-cost.ts'
import { still } from './header/still.ts'

const side = fc.integer({ min: 1, max: 20_000 })
const anyHeader = fc.record<ImageHeader>({
  format: fc.constantFrom('jpeg', 'png', 'webp', 'gif', 'avif'),
  width: side,
  height: side,
  orientation: fc.constant(1),
  frames: fc.integer({ min: 1, max: 500 }),
  channels: fc.integer({ min: 1, max: 4 }),
  bytesPerSample: fc.constantFrom(1, 2),
  hasProfile: fc.boolean(),
  progressive: fc.boolean(),
  sampling: fc.constantFrom(0.5, 0.625, 1),
})
// Only these two can move.
const upright = anyHeader.map((header) =>
  header.format === 'webp' || header.format === 'gif' ? header : { ...header, frames: 1 },
)
const box = fc.record({
  width: fc.integer({ min: 1, max: 4_096 }),
  height: fc.integer({ min: 1, max: 4_096 }),
})

t.test('is a number of bytes for every header', async () => {
  const header = fc.tuple(upright, fc.integer({ min: 1, max: 8 }))
  fc.assert(
    fc.property(header, box, ([header, orientation], box) => {
      const cost = memoryCost({ ...header, orientation }, box)
      return Number.isFinite(cost) && cost >= 8 * 1024 * 1024
    }),
  )
})

for (const field of ['frames', 'channels', 'bytesPerSample', 'sampling'] as const) {
  t.test(`never falls when ${field} grows`, async () => {
    fc.assert(
      fc.property(upright, fc.integer({ min: 1, max: 5_000 }), box, (header, more, box) => {
        fc.pre(field !== 'frames' || header.format === 'webp' || header.format === 'gif')
        const larger = { ...header, [field]: header[field] + more }
        return memoryCost(larger, box) >= memoryCost(header, box)
      }),
      { numRuns: 300 },
    )
  })
}

t.test('two wide and flat frames take no less than one', async (t) => {
  const one = { ...film('gif', 1_477, 93, 1), progressive: false }
  const to = { width: 370, height: 24 }
  t.ok(memoryCost({ ...one, frames: 2 }, to) >= memoryCost(one, to))
})

t.test('never falls when the original grows in its proportions', async () => {
  // By powers of two, so that the result stays as it is to the pixel.
  const times = fc.constantFrom(2, 4, 8, 16)
  fc.assert(
    fc.property(upright, times, box, (header, times, box) => {
      const larger = { ...header, width: header.width * times, height: header.height * times }
      return memoryCost(larger, box) >= memoryCost(header, box)
    }),
    { numRuns: 300 },
  )
})

t.test('never falls when the variant grows, turned or not', async () => {
  const orientation = fc.integer({ min: 1, max: 8 })
  fc.assert(
    fc.property(upright, orientation, box, fc.nat(4_096), (header, orientation, box, more) => {
      const turned = { ...header, orientation }
      const wider = { ...box, width: box.width + more }
      const higher = { ...box, height: box.height + more }
      const cost = memoryCost(turned, box)
      return memoryCost(turned, wider) >= cost && memoryCost(turned, higher) >= cost
    }),
    { numRuns: 300 },
  )
})

t.test('turning never makes it cheaper where the result is as large', async () => {
  const square = fc.integer({ min: 1, max: 4_096 }).map((side) => ({ width: side, height: side }))
  fc.assert(
    fc.property(upright, fc.integer({ min: 2, max: 8 }), square, (header, orientation, box) => {
      // Animations are never turned.
      const still = { ...header, frames: 1 }
      return memoryCost({ ...still, orientation }, box) >= memoryCost(still, box)
    }),
  )
})

t.test('what decodes whole costs more than what decodes in strips', async (t) => {
  const photograph: ImageHeader = {
    format: 'jpeg',
    width: 7_000,
    height: 7_000,
    ...still,
  }
  const cost = (header: Partial<ImageHeader>) =>
    memoryCost({ ...photograph, ...header }, { width: 150, height: 200 })
  t.ok(cost({ progressive: true }) > 2 * cost({}), 'progressive JPEG')
  t.ok(cost({ format: 'png', progressive: true }) > 2 * cost({ format: 'png' }), 'interlaced PNG')
  t.ok(cost({ format: 'avif' }) > 5 * cost({}), 'AVIF')
  t.ok(cost({ format: 'webp', progressive: true }) > 10 * cost({ format: 'webp' }), 'lossless WebP')
  t.ok(cost({ format: 'gif', frames: 500 }) > cost({ format: 'gif' }) + 50e6, 'frames')
  t.ok(cost({ format: 'webp', frames: 2 }) > cost({ format: 'gif', frames: 2 }), 'animated WebP')
  const turned = { orientation: 6 }
  for (const format of ['jpeg', 'png', 'webp'] as const) {
    const more = cost({ format, ...turned }) - cost({ format })
    t.equal(more, 150 * 150 * 3, `${format} is turned when it is small`)
  }
})

type Row = [
  title: string,
  header: Partial<ImageHeader> & Pick<ImageHeader, 'format'>,
  side: number,
  to: [width: number, height: number],
  measured: number,
]

/**
 * MiB by which the resident set grew: the most of several pictures of a kind. White noise is not
 * reckoned with where it takes more than that: in alpha, and in WebP that is hardly enlarged.
 */
const measured: Row[] = [
  [
    'progressive JPEG',
    { format: 'jpeg', progressive: true, sampling: 0.5 },
    6_928,
    [600, 300],
    142,
  ],
  ['with all of its colours', { format: 'jpeg', progressive: true }, 7_000, [600, 300], 280],
  ['of four inks', { format: 'jpeg', progressive: true, channels: 4 }, 7_000, [600, 300], 376],
  ['grey', { format: 'jpeg', progressive: true, channels: 1 }, 6_928, [600, 300], 96],
  ['JPEG', { format: 'jpeg', sampling: 0.5 }, 4_096, [4_096, 4_096], 110],
  ['JPEG, to less', { format: 'jpeg', sampling: 0.5 }, 3_464, [1_732, 1_732], 37.7],
  ['PNG', { format: 'png' }, 1_750, [4_096, 4_096], 52],
  ['PNG with alpha', { format: 'png', channels: 4 }, 4_096, [4_096, 4_096], 76],
  ['PNG, grey', { format: 'png', channels: 1 }, 3_000, [4_096, 4_096], 44],
  ['PNG, turned and enlarged', { format: 'png', orientation: 6 }, 1_750, [4_096, 4_096], 94],
  ['JPEG, turned and enlarged', { format: 'jpeg', orientation: 6 }, 200, [4_096, 4_096], 146],
  ['AVIF', { format: 'avif' }, 4_000, [600, 300], 289],
  ['AVIF of 12 bits', { format: 'avif', bytesPerSample: 2 }, 4_000, [600, 300], 399],
  ['AVIF, enlarged', { format: 'avif' }, 200, [4_096, 4_096], 523],
  ['AVIF, enlarged less', { format: 'avif' }, 1_750, [4_096, 4_096], 546],
  ['AVIF, to more', { format: 'avif' }, 1_750, [2_000, 2_000], 162],
  ['AVIF of full size', { format: 'avif' }, 4_096, [4_096, 4_096], 617],
  ['AVIF with alpha, enlarged', { format: 'avif', channels: 4 }, 200, [4_096, 4_096], 706],
  ['AVIF with alpha, to less', { format: 'avif', channels: 4 }, 1_750, [2_000, 2_000], 216],
  ['AVIF of 12 bits, enlarged', { format: 'avif', bytesPerSample: 2 }, 1_750, [4_096, 4_096], 517],
  ['WebP', { format: 'webp' }, 7_000, [4_096, 4_096], 288],
  ['WebP, enlarged', { format: 'webp' }, 1_750, [4_096, 4_096], 224],
  ['WebP without loss', { format: 'webp', progressive: true }, 6_928, [600, 300], 184],
  [
    'WebP without loss, turned',
    { format: 'webp', progressive: true, orientation: 6 },
    6_928,
    [600, 300],
    184,
  ],
  ['WebP with alpha', alpha('webp'), 200, [4_096, 4_096], 479],
  ['WebP with alpha, to less', alpha('webp'), 1_750, [2_000, 2_000], 158],
  ['WebP of two frames', { ...alpha('webp'), frames: 2 }, 200, [4_096, 4_096], 725],
  [
    'WebP of two frames of a photograph',
    { ...alpha('webp'), frames: 2 },
    1_500,
    [4_096, 4_096],
    1023,
  ],
  ['WebP of three of them', { ...alpha('webp'), frames: 3 }, 1_500, [4_096, 4_096], 1160],
  ['WebP of three of them, to less', { ...alpha('webp'), frames: 3 }, 1_500, [1_000, 1_000], 106],
  ['WebP of twelve frames', { ...alpha('webp'), frames: 12 }, 200, [2_000, 2_000], 419],
  ['WebP of large frames', { format: 'webp', frames: 12 }, 2_048, [150, 150], 205],
  ['WebP of large frames, to more', { format: 'webp', frames: 12 }, 2_048, [1_000, 1_000], 265],
  ['WebP of many frames', { format: 'webp', frames: 250 }, 447, [447, 447], 344],
  ['GIF', { format: 'gif' }, 200, [2_000, 2_000], 92],
  ['GIF, cut out', { format: 'gif', channels: 4 }, 1_500, [1_200, 1_200], 86],
  ['GIF, enlarged', { format: 'gif' }, 1_750, [4_096, 4_096], 233],
  ['GIF of two frames', { ...alpha('gif'), frames: 2 }, 200, [2_000, 2_000], 176],
  ['GIF of large frames', { ...alpha('gif'), frames: 12 }, 2_048, [1_000, 1_000], 254],
  ['GIF of many frames', { ...alpha('gif'), frames: 250 }, 447, [447, 447], 465],
]

const flat: [title: string, header: ImageHeader, to: [number, number], measured: number][] = [
  ['GIF', film('gif', 60_000, 20, 24), [600, 300], 170],
  ['GIF, less wide', film('gif', 30_000, 100, 12), [2_000, 2_000], 102],
  ['GIF, less wide, to more', film('gif', 8_000, 100, 12), [4_096, 4_096], 64],
  ['WebP', film('webp', 16_000, 100, 12), [600, 300], 125],
  ['WebP, less wide', film('webp', 8_000, 100, 12), [600, 300], 64],
  ['WebP, less wide, to more', film('webp', 8_000, 100, 12), [4_096, 4_096], 86],
  ['WebP, less flat', film('webp', 8_000, 200, 3), [600, 300], 63.6],
  ['WebP, less flat, to more', film('webp', 8_000, 200, 2), [4_096, 4_096], 69],
  ['WebP, narrower, to more', film('webp', 3_000, 200, 2), [4_096, 4_096], 98.6],
  ['WebP, small, to more', film('webp', 1_500, 93, 3), [4_096, 4_096], 92.3],
]

function film(format: 'gif' | 'webp', width: number, height: number, frames: number): ImageHeader {
  return { ...still, ...alpha(format), width, height, frames }
}

for (const [title, header, [width, height], least] of flat) {
  t.test(`covers what was measured of wide and flat animations: ${title}`, async (t) => {
    const mebibytes = memoryCost(header, { width, height }) / 1024 / 1024
    t.ok(mebibytes >= least, `${mebibytes} >= ${least}`)
    t.ok(mebibytes < 1.5 * least, `${mebibytes} < 1.5 * ${least}`)
  })
}

function alpha(format: ImageHeader['format']) {
  return { format, channels: 4, progressive: true }
}

for (const [title, header, side, [width, height], least] of measured) {
  t.test(`covers what was measured: ${title}, ${side} to ${width}x${height}`, async (t) => {
    const cost = memoryCost({ ...still, ...header, width: side, height: side }, { width, height })
    const mebibytes = cost / 1024 / 1024
    t.ok(mebibytes >= least, `${mebibytes} >= ${least}`)
    t.ok(mebibytes < 1.5 * least, `${mebibytes} < 1.5 * ${least}`)
  })
}
