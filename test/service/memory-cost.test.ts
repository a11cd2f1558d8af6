import fc from 'fast-check'
import t from 'tap'
import type { ImageHeader } from '../../service/header/image-header.ts'
import { memoryCost } from '../../service/memory-cost.ts'
import { still } from './header/still.ts'

const side = fc.integer({ min: 1, max: 20_000 })
const upright = fc.record<ImageHeader>({
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

for (const field of ['width', 'height', 'frames', 'channels', 'bytesPerSample'] as const) {
  t.test(`never falls when ${field} grows`, async () => {
    fc.assert(
      fc.property(upright, fc.integer({ min: 1, max: 5_000 }), box, (header, more, box) => {
        const larger = { ...header, [field]: header[field] + more }
        return memoryCost(larger, box) >= memoryCost(header, box)
      }),
      { numRuns: 300 },
    )
  })
}

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

t.test('turning never makes it cheaper', async () => {
  fc.assert(
    fc.property(upright, fc.integer({ min: 2, max: 8 }), box, (header, orientation, box) => {
      return memoryCost({ ...header, orientation }, box) >= memoryCost(header, box)
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
  t.ok(cost({ format: 'webp', orientation: 6 }) > cost({ format: 'webp' }) + 49e6, 'turning')
  t.equal(cost({ format: 'png', orientation: 6 }), cost({ format: 'png' }), 'turned when small')
})
