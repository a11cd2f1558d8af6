import t from 'tap'
import { createBuffers } from '../../service/buffers.ts'

const mebibyte = 1024 * 1024

t.test(
  'what was given back is lent again, for another length of about the same size',
  async (t) => {
    const buffers = createBuffers(8 * mebibyte)
    const first = buffers.take(3 * mebibyte - 5)
    t.equal(first.length, 3 * mebibyte - 5)
    buffers.give(first)
    const second = buffers.take(2 * mebibyte + 1)
    t.equal(second.length, 2 * mebibyte + 1)
    t.equal(second.buffer, first.buffer)
  },
)

t.test('nobody shares a buffer', async (t) => {
  const buffers = createBuffers(8 * mebibyte)
  const first = buffers.take(mebibyte)
  buffers.give(first)
  buffers.give(first)
  t.equal(buffers.take(mebibyte).buffer, first.buffer)
  t.not(buffers.take(mebibyte).buffer, first.buffer, 'though it was given back twice')
})

t.test('no more is kept idle than allowed, and the oldest goes first', async (t) => {
  const buffers = createBuffers(2 * mebibyte)
  const [a, b, c] = [1, 2, 3].map(() => buffers.take(mebibyte))
  for (const buffer of [a, b, c]) buffers.give(buffer as Buffer)
  const again = [buffers.take(mebibyte).buffer, buffers.take(mebibyte).buffer]
  t.same(new Set(again), new Set([b?.buffer, c?.buffer]))
  t.not(buffers.take(mebibyte).buffer, a?.buffer)
})

t.test('small buffers, and those of others, are not kept', async (t) => {
  const buffers = createBuffers(8 * mebibyte)
  const small = buffers.take(100)
  buffers.give(small)
  t.not(buffers.take(100).buffer, small.buffer)
  const foreign = Buffer.alloc(mebibyte)
  buffers.give(foreign)
  t.not(buffers.take(mebibyte).buffer, foreign.buffer)
})
