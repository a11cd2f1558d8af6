import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createWriteTurns } from '../../service/write-turns.ts'
import { settleTurns } from '../helper.ts'

const mebibyte = 1024 * 1024

/** Turns, with those who had theirs, and bytes that wait. */
function setUp() {
  const state = { heldBytes: 0 }
  const turn = createWriteTurns(() => state.heldBytes)
  const gone: string[] = []
  const join = (name: string, hurry = false) => turn(hurry).then(() => gone.push(name))
  const busy = async () => {
    await join('first')
    gone.length = 0
  }
  return { state, gone, join, busy }
}

t.test('one made alone has its turn at once, but not in the same turn of the loop', async (t) => {
  const { gone, join } = setUp()
  const alone = join('a')
  await Promise.resolve()
  t.strictSame(gone, [])
  await settleTurns()
  t.strictSame(gone, ['a'])
  await alone
})

t.test('those made soon after another one go together', async (t) => {
  const { gone, join, busy } = setUp()
  await busy()
  const all = [join('a')]
  await settleTurns()
  all.push(join('b'))
  await settleTurns()
  t.strictSame(gone, [], 'they wait for more')
  await all[0]
  await settleTurns()
  t.strictSame(gone, ['a', 'b'], 'not for ever')
  await Promise.all(all)
})

t.test('no more than six wait for each other', async (t) => {
  const { gone, join, busy } = setUp()
  await busy()
  const five = ['a', 'b', 'c', 'd', 'e'].map((name) => join(name))
  await settleTurns()
  t.strictSame(gone, [])
  const sixth = join('f')
  await settleTurns()
  t.strictSame(gone, ['a', 'b', 'c', 'd', 'e', 'f'])
  await Promise.all([...five, sixth])
})

t.test('one made after a rest has its turn at once', async (t) => {
  const { gone, join, busy } = setUp()
  await busy()
  await sleep(300)
  const late = join('late')
  await settleTurns()
  t.strictSame(gone, ['late'])
  await late
})

t.test('one that a viewer waits for has its turn at once, and all with it', async (t) => {
  const { gone, join, busy } = setUp()
  await busy()
  const waits = join('waits')
  await settleTurns()
  t.strictSame(gone, [])
  const hurries = join('hurries', true)
  await settleTurns()
  t.strictSame(gone, ['waits', 'hurries'])
  await Promise.all([waits, hurries])
})

t.test('more bytes than may be held are written at once', async (t) => {
  const { state, gone, join, busy } = setUp()
  await busy()
  state.heldBytes = 8 * mebibyte
  const waits = join('waits')
  await settleTurns()
  t.strictSame(gone, [])
  state.heldBytes += 1
  const large = join('large')
  await settleTurns()
  t.strictSame(gone, ['waits', 'large'])
  await Promise.all([waits, large])
})
