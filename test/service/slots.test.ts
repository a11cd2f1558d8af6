import t from 'tap'
import { createSlots } from '../../service/slots.ts'
import { settle } from '../helper.ts'

/** Takes a slot, and tells whether it was given. */
function take(slots: ReturnType<typeof createSlots>, signal?: AbortSignal) {
  const taken = { given: false, release: () => {} }
  const wait = slots.take(signal).then((release) => {
    taken.given = true
    taken.release = release
  })
  return Object.assign(taken, { wait })
}

t.test('short ones go one behind the other', async (t) => {
  const slots = createSlots(4, 1)
  const first = take(slots)
  const second = take(slots)
  const third = take(slots)
  await settle()
  t.strictSame([first.given, second.given, third.given], [true, false, false])
  t.strictSame([slots.used, slots.waiting], [1, 2])
  first.release()
  await settle()
  t.strictSame([second.given, third.given], [true, false], 'in order of arrival')
  second.release()
  await third.wait
  third.release()
  t.strictSame([slots.used, slots.waiting], [0, 0])
})

t.test('nobody waits for a long one while there are slots', async (t) => {
  const slots = createSlots(2, 1)
  const long = take(slots)
  const next = take(slots)
  await next.wait
  t.equal(slots.used, 2)
  const third = take(slots)
  next.release()
  await third.wait
  t.equal(slots.used, 2, 'the short one made room')
  third.release()
  long.release()
  t.strictSame([slots.used, slots.waiting], [0, 0])
})

t.test('as many long ones as there are slots keep the others out', async (t) => {
  const slots = createSlots(2, 1)
  const long = [take(slots), take(slots)]
  await Promise.all(long.map(({ wait }) => wait))
  const controller = new AbortController()
  const third = take(slots, controller.signal)
  const fourth = take(slots)
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.strictSame([third.given, fourth.given, slots.waiting], [false, false, 2])
  controller.abort(new Error('gone'))
  await t.rejects(third.wait, { message: 'gone' })
  long[0]?.release()
  await fourth.wait
  t.equal(slots.used, 2)
  fourth.release()
  long[1]?.release()
  t.strictSame([slots.used, slots.waiting], [0, 0])
})

t.test('all slots are given at once where all may go abreast', async (t) => {
  const slots = createSlots(3, 3)
  const taken = [take(slots), take(slots), take(slots), take(slots)]
  await settle()
  t.strictSame(
    taken.map(({ given }) => given),
    [true, true, true, false],
  )
  for (const each of taken.slice(0, 3)) each.release()
  await taken[3]?.wait
  taken[3]?.release()
  t.equal(slots.used, 0)
})
