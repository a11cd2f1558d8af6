import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import t from 'tap'
import { fitInside } from '../../service/dimensions.ts'

interface Row {
  source: [number, number]
  orientation: number
  box: [number, number]
  result: [number, number]
}

const file = new URL('imagemagick.json', import.meta.url)
const { rows } = JSON.parse(await readFile(file, 'utf8')) as { rows: Row[] }

t.test('equals ImageMagick for every row of its table', async (t) => {
  t.ok(rows.length >= 60)
  for (const { source, orientation, box, result } of rows) {
    const [width, height] = orientation > 4 ? [source[1], source[0]] : source
    const fitted = fitInside({ width, height }, { width: box[0], height: box[1] })
    t.strictSame(
      fitted,
      { width: result[0], height: result[1] },
      `${source.join('x')} orientation ${orientation} into ${box.join('x')}`,
    )
  }
})

const side = fc.integer({ min: 1, max: 20_000 })
const size = fc.record({ width: side, height: side })

t.test('touches the box, never leaves it, and never loses a side', async () => {
  fc.assert(
    fc.property(size, size, (source, box) => {
      const { width, height } = fitInside(source, box)
      return (
        width >= 1 &&
        height >= 1 &&
        width <= box.width &&
        height <= box.height &&
        (width === box.width || height === box.height)
      )
    }),
  )
})

t.test('turns with its arguments', async () => {
  const turned = (one: { width: number; height: number }) => ({
    width: one.height,
    height: one.width,
  })
  fc.assert(
    fc.property(size, size, (source, box) => {
      const upright = fitInside(source, box)
      const lying = turned(fitInside(turned(source), turned(box)))
      return upright.width === lying.width && upright.height === lying.height
    }),
  )
})
