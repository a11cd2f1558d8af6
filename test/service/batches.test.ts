import t from 'tap'
import { createBatches } from '../../service/batches.ts'
import { settle } from '../helper.ts'

/** Batches whose processors have enough to do as long as `state.more` says so. */
function setUp() {
  const state = { more: true }
  const batch = createBatches()
  const gone: string[] = []
  const join = (name: string) => batch(state.more).then(() => gone.push(name))
  return { state, gone, join }
}

t.test('who is done last goes on at once', async (t) => {
  const { state, gone, join } = setUp()
  state.more = false
  const alone = join('a')
  await settle()
  t.strictSame(gone, ['a'])
  await alone
})

t.test('those who are done go on together with the last', async (t) => {
  const { state, gone, join } = setUp()
  const early = [join('a'), join('b')]
  await settle()
  t.strictSame(gone, [])
  state.more = false
  const last = join('c')
  await settle()
  t.strictSame(gone, ['a', 'b', 'c'])
  await Promise.all([...early, last])
  state.more = true
  const next = join('d')
  await settle()
  t.equal(gone.length, 3, 'the next batch waits for itself')
  state.more = false
  await Promise.all([next, join('e')])
})

t.test('no more than six wait for each other', async (t) => {
  const { gone, join } = setUp()
  const five = ['a', 'b', 'c', 'd', 'e'].map(join)
  await settle()
  t.equal(gone.length, 0)
  const sixth = join('f')
  await settle()
  t.strictSame(gone, ['a', 'b', 'c', 'd', 'e', 'f'])
  await Promise.all([...five, sixth])
})

t.test('nobody waits for ever', async (t) => {
  const { gone, join } = setUp()
  await Promise.all([join('a'), join('b')])
  t.strictSame(gone, ['a', 'b'])
  await join('c')
  t.equal(gone.length, 3)
})
