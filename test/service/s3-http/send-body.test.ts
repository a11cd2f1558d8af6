import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { sendBody } from '../../../service/s3-http/send-body.ts'

/** A socket that is done with a write when it is told to. */
function slowSocket() {
  const writes: Buffer[] = []
  const waiting: (() => void)[] = []
  const socket = new Writable({
    write: (piece, _, done) => {
      writes.push(piece)
      waiting.push(done)
    },
  })
  const finishWrite = async () => {
    waiting.shift()?.()
    await turn()
  }
  return { socket, writes, finishWrite }
}

t.test('a body of one piece is written at once', (t) => {
  const { socket, writes } = slowSocket()
  const isCut = sendBody(socket, Buffer.alloc(256 * 1024))
  t.equal(writes.length, 1)
  t.notOk(isCut(false))
  t.ok(isCut(true), 'who refuses may not read what is on its way')
  t.end()
})

t.test('each piece is written when the one before is', async (t) => {
  const { socket, writes, finishWrite } = slowSocket()
  const body = Buffer.alloc(700_000, 'a body of three pieces; ')
  const isCut = sendBody(socket, body)
  for (let i = 1; i < 3; i++) {
    t.equal(writes.length, i)
    t.ok(isCut(false))
    await finishWrite()
  }
  t.notOk(isCut(false))
  await finishWrite()
  t.notOk(isCut(true))
  t.ok(body.equals(Buffer.concat(writes)))
})

t.test('nothing is written behind the end of the socket', async (t) => {
  const { socket, writes, finishWrite } = slowSocket()
  const isCut = sendBody(socket, Buffer.alloc(700_000))
  socket.destroy()
  await finishWrite()
  t.equal(writes.length, 1)
  t.ok(isCut(false))
})
