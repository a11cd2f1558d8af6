import fc from 'fast-check'
import sharp from 'sharp'
import t from 'tap'
import { createReclaim, giveBack } from '../../service/reclaim.ts'

/** A `Reclaim` that notes what it frees, by the first byte. */
function setUp(maxBytes = 1_000) {
  const freed: (number | undefined)[] = []
  const reclaim = createReclaim(maxBytes, ([first]) => freed.push(first))
  const release = (first: number, bytes = 10) => reclaim.release(Buffer.alloc(bytes, first))
  return { begin: reclaim.begin, release, freed }
}

t.test('what is released while nobody uses anything is freed at once', async (t) => {
  const { begin, release, freed } = setUp()
  begin()()
  release(1)
  t.strictSame(freed, [1])
})

t.test(
  'what is released waits for the uses under way, not for those that begin later',
  async (t) => {
    const { begin, release, freed } = setUp()
    const first = begin()
    const second = begin()
    release(1)
    const third = begin()
    release(2)
    second()
    t.strictSame(freed, [])
    first()
    t.strictSame(freed, [1])
    third()
    t.strictSame(freed, [1, 2])
  },
)

t.test('a use may be ended twice', async (t) => {
  const { begin, release, freed } = setUp()
  const first = begin()
  first()
  begin()
  release(1)
  first()
  t.strictSame(freed, [])
})

t.test('what has waited longest is let go where too much waits', async (t) => {
  const { begin, release, freed } = setUp(30)
  const end = begin()
  for (const first of [1, 2, 3, 4]) release(first)
  release(5, 31)
  release(6)
  t.strictSame(freed, [])
  end()
  t.strictSame(freed, [6])
})

t.test('nothing is freed during a use that began before its release', async (t) => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('begin' as const) }),
    fc.record({ what: fc.constant('end' as const), which: fc.nat(20) }),
    fc.record({ what: fc.constant('release' as const) }),
  )
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const usedBy = new Map<Buffer, Set<object>>()
    const uses = new Map<object, () => void>()
    const reclaim = createReclaim(1_000_000, (buffer) => {
      const users = usedBy.get(buffer)
      if (!users || [...users].some((use) => uses.has(use))) throw new Error('freed in use')
      usedBy.delete(buffer)
    })
    const end = (use: object | undefined) => {
      const ended = use && uses.get(use)
      if (use) uses.delete(use)
      ended?.()
    }
    for (const step of steps) {
      if (step.what === 'begin') uses.set({}, reclaim.begin())
      if (step.what === 'end') end([...uses.keys()][step.which])
      if (step.what === 'release') {
        const buffer = Buffer.alloc(1)
        usedBy.set(buffer, new Set(uses.keys()))
        reclaim.release(buffer)
      }
    }
    for (const use of [...uses.keys()]) end(use)
    return usedBy.size === 0
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test("sharp's results are emptied, where the engine can", async (t) => {
  const image = sharp({ create: { width: 300, height: 300, channels: 3, background: 'red' } })
  const result = await image.raw().toBuffer()
  giveBack(result)
  t.equal(result.length, 'transfer' in ArrayBuffer.prototype ? 0 : 300 * 300 * 3)
})

t.test('memory that others have a part in is left alone', async (t) => {
  const parts = [
    Buffer.from('pooled'),
    Buffer.alloc(100).subarray(10),
    Buffer.alloc(100).subarray(0, 9),
  ]
  for (const part of parts) giveBack(part)
  t.strictSame(
    parts.map(({ length }) => length),
    [6, 90, 9],
  )
  const shared = Buffer.from(new SharedArrayBuffer(8))
  giveBack(shared)
  t.equal(shared.length, 8)
})
