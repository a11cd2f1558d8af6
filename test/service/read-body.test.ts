import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { readBody } from '../../service/read-body.ts'
import { createTransport } from '../../service/s3-http/handler.ts'
import { response, scripted } from './s3-http/scripted.ts'

const patient = { idleMs: 60_000 }

t.test('reads what came in any pieces', async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(pieces, async (pieces) => {
      const whole = Buffer.concat(pieces)
      const stream = Readable.from(pieces.map((piece) => Buffer.from(piece)))
      return whole.equals(await readBody(stream, whole.length, patient))
    }),
    { numRuns: 100 },
  )
})

t.test('a body of no bytes', async (t) => {
  t.equal((await readBody(Readable.from([]), 0, patient)).length, 0)
})

t.test('a body that is shorter than announced', async (t) => {
  await t.rejects(readBody(Readable.from([Buffer.from('abc')]), 4, patient), {
    name: 'StoreError',
    failure: 'broken-body',
    message: '3 of 4 bytes came',
  })
})

t.test('a body that is longer than announced is not read on', async (t) => {
  let pulled = 0
  const endless = new Readable({
    highWaterMark: 4,
    read() {
      pulled++
      this.push(Buffer.from('abcd'))
    },
  })
  await t.rejects(readBody(endless, 10, patient), { name: 'StoreError', failure: 'broken-body' })
  t.ok(endless.destroyed)
  t.ok(pulled < 20, `${pulled} pieces`)
})

t.test('a connection that breaks off', async (t) => {
  const stream = new PassThrough()
  const read = readBody(stream, 10, patient)
  stream.write('abc')
  const reset = new Error('ECONNRESET')
  setImmediate(() => stream.destroy(reset))
  await t.rejects(read, { failure: 'broken-body', message: '3 of 10 bytes came', cause: reset })
})

t.test('a connection that is given up because nothing comes', async (t) => {
  const stream = new PassThrough()
  const read = readBody(stream, 10, patient)
  stream.write('abc')
  const late = Object.assign(new Error('no byte of the body for 5 ms'), { name: 'TimeoutError' })
  setImmediate(() => stream.destroy(late))
  await t.rejects(read, { failure: 'timeout', cause: late })
})

t.test('a connection that closes without an error', async (t) => {
  const stream = new PassThrough()
  const read = readBody(stream, 10, patient)
  stream.write('abc')
  setImmediate(() => stream.destroy())
  await t.rejects(read, { name: 'StoreError', failure: 'broken-body' })
})

t.test('a connection that had broken off before', async (t) => {
  const stream = new PassThrough()
  const reset = new Error('ECONNRESET')
  stream.on('error', () => {})
  stream.destroy(reset)
  await new Promise((resolve) => stream.once('close', resolve))
  await t.rejects(readBody(stream, 10, patient), { failure: 'broken-body', cause: reset })
})

t.test('a body that stalls', async (t) => {
  const stream = new PassThrough()
  stream.write('abc')
  await t.rejects(readBody(stream, 10, { idleMs: 20 }), {
    failure: 'timeout',
    message: 'no byte of the body for 20 ms',
  })
  t.ok(stream.destroyed)
})

t.test('a body that is slow, but does not stall', async (t) => {
  const stream = new PassThrough()
  const read = readBody(stream, 8, { idleMs: 1500 })
  for (let i = 0; i < 8; i++) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    stream.write('x')
  }
  stream.end()
  t.equal((await read).toString(), 'xxxxxxxx')
})

t.test('a reader that gives up', async (t) => {
  const stream = new PassThrough()
  const controller = new AbortController()
  const read = readBody(stream, 10, { ...patient, signal: controller.signal })
  stream.write('abc')
  setImmediate(() => controller.abort())
  await t.rejects(read, { name: 'StoreError', failure: 'aborted' })
  t.ok(stream.destroyed)
})

t.test('a reader that has given up already', async (t) => {
  const stream = new PassThrough()
  const read = readBody(stream, 10, { ...patient, signal: AbortSignal.abort() })
  await t.rejects(read, { name: 'StoreError', failure: 'aborted' })
  t.ok(stream.destroyed)
})

t.test('an error behind the end does no harm', async (t) => {
  const stream = new PassThrough({ autoDestroy: false })
  const read = readBody(stream, 3, patient)
  stream.end('abc')
  t.equal((await read).toString(), 'abc')
  stream.emit('error', new Error('late'))
})

t.test(
  'a body of the service’s own transport is read without a stream, and only once',
  async (t) => {
    const whole = Buffer.alloc(4 * 1024 * 1024, 'large and odd ')
    const { endpoint } = await scripted(t, ({ socket, nth }) => {
      if (nth === 0) socket.write(response(whole))
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    })
    const transport = createTransport({ connectMs: 30_000, idleMs: 30_000, maxConnections: 1 })
    t.teardown(() => transport.destroy())
    const { host, port } = endpoint
    const request = {
      protocol: 'http:',
      hostname: host,
      port,
      method: 'GET',
      path: '/',
      headers: {},
    }
    const { body } = await transport.exchange(request)
    t.ok(whole.equals(await readBody(body, whole.length, patient)))
    await t.rejects(readBody(body, whole.length, patient), {
      name: 'StoreError',
      failure: 'broken-body',
    })
    await t.rejects(readBody((await transport.exchange(request)).body, 10, patient), {
      name: 'StoreError',
      failure: 'broken-body',
    })
  },
)
