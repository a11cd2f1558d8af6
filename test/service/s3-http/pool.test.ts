import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createPool } from '../../../service/s3-http/pool.ts'
import { type Asked, get, patient, response, scripted, writePieces } from './scripted.ts'

async function pooled(
  t: Test,
  answer: (asked: Asked) => unknown,
  { maxConnections = 2, idleMs = 60_000, now = () => performance.now() } = {},
) {
  const server = await scripted(t, answer)
  const pool = createPool(server.endpoint, { ...patient, idleMs }, maxConnections, now)
  t.teardown(() => pool.destroy())
  const read = async (signal?: AbortSignal) => {
    const { body } = await pool.exchange(get, signal)
    return Buffer.concat(await body.stream().toArray()).toString()
  }
  return { server, pool, read }
}

t.test('one after the other over one connection, many over as many as there may be', async (t) => {
  const { server, read } = await pooled(t, ({ socket, nth }) =>
    writePieces(socket, [response(`answer ${nth}`)]),
  )
  for (let i = 0; i < 5; i++) t.equal(await read(), `answer ${i}`)
  t.equal(server.sockets.length, 1)
  const answers = await Promise.all(Array.from({ length: 20 }, () => read()))
  t.equal(new Set(answers).size, 20)
  t.equal(server.sockets.length, 2)
})

t.test(
  'a connection that was idle for so long that its server may close it is replaced',
  async (t) => {
    let time = 0
    const { server, read } = await pooled(t, ({ socket }) => socket.write(response('ok')), {
      now: () => time,
    })
    for (const [pause, connections] of [
      [0, 1],
      [4_000, 1],
      [4_001, 2],
    ] as const) {
      time += pause
      t.equal(await read(), 'ok')
      t.equal(server.sockets.length, connections)
    }
  },
)

t.test('an idle connection that the server closed is replaced', async (t) => {
  const { server, read } = await pooled(t, ({ socket }) => socket.write(response('ok')))
  for (let i = 0; i < 3; i++) {
    t.equal(await read(), 'ok')
    server.sockets[i]?.end()
    await server.closed()
  }
  t.equal(await read(), 'ok')
  t.equal(server.sockets.length, 4)
})

t.test('ended while it waits for a place', async (t) => {
  const { server, pool, read } = await pooled(t, () => {}, { maxConnections: 1 })
  const holding = new AbortController()
  const held = t.rejects(read(holding.signal), new Error('enough'))
  const waiting = new AbortController()
  const waits = t.rejects(read(waiting.signal), new Error('no patience'))
  while (server.asked.length === 0) await turn()
  waiting.abort(new Error('no patience'))
  await waits
  t.equal(server.asked.length, 1)
  holding.abort(new Error('enough'))
  await held
  await t.rejects(pool.exchange(get, AbortSignal.abort(new Error('long since'))), /long since/)
})

t.test('ended in the moment it gets its place', async (t) => {
  const { server, read } = await pooled(t, ({ socket }) => socket.write(response('ok')))
  const controller = new AbortController()
  const answer = read(controller.signal)
  controller.abort(new Error('at once'))
  await t.rejects(answer, /at once/)
  t.equal(await read(), 'ok')
  t.equal(server.asked.length, 1)
})

t.test('ended before the head, and in the body', async (t) => {
  const { server, pool, read } = await pooled(
    t,
    ({ socket, nth }) => {
      if (nth === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
      if (nth === 2) socket.write(response('ok'))
    },
    { maxConnections: 1 },
  )
  const early = new AbortController()
  const never = t.rejects(read(early.signal), /early/)
  while (server.asked.length === 0) await turn()
  early.abort(new Error('early'))
  await never
  const late = new AbortController()
  const { body } = await pool.exchange(get, late.signal)
  const reading = t.rejects(body.readInto(Buffer.alloc(10)), /late/)
  late.abort(new Error('late'))
  await reading
  t.equal(await read(), 'ok', 'the place is free again')
  t.equal(server.sockets.length, 3)
})

t.test('a signal that fires behind the end leaves the connection alone', async (t) => {
  const { server, read } = await pooled(t, ({ socket }) => socket.write(response('ok')))
  const controller = new AbortController()
  await read(controller.signal)
  controller.abort()
  t.equal(await read(), 'ok')
  t.equal(server.sockets.length, 1)
})

t.test('an endpoint that cannot be does not cost a place', async (t) => {
  const pool = createPool({ tls: false, host: '127.0.0.1', port: 70_000 }, patient, 1)
  for (let i = 0; i < 3; i++) await t.rejects(pool.exchange(get), { code: 'ERR_SOCKET_BAD_PORT' })
})

t.test('a thousand requests that end in every way there is, and no place lost', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
  const answers: ((asked: Asked) => unknown)[] = [
    ({ socket }) => socket.write(response('0123456789')),
    ({ socket }) => writePieces(socket, [head, '01234', '56789']),
    ({ socket }) =>
      writePieces(socket, [
        'HTTP/1.1 200 OK\r\nTransfer-Enc',
        'oding: chunked',
        '\r\n\r\n',
        'a\r\n0123456789\r\n0\r\n\r\n',
      ]),
    ({ socket }) => socket.destroy(),
    ({ socket }) => socket.resetAndDestroy(),
    ({ socket }) => socket.end(`${head}012`),
    ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\n0123456789'),
    ({ socket }) => socket.write('what?\r\n\r\n'),
    ({ socket }) => socket.write(`${head}0123456789more`),
    ({ socket }) => socket.write(response('0123456789', { headers: 'Connection: close\r\n' })),
    () => {},
  ]
  const { server, pool } = await pooled(
    t,
    (asked) => answers[asked.nth % answers.length]?.(asked),
    { maxConnections: 64, idleMs: 1000 },
  )
  const one = async (i: number): Promise<string> => {
    const controller = new AbortController()
    if (i % 5 === 0) setImmediate(() => controller.abort())
    const { body } = await pool.exchange(get, controller.signal)
    if (i % 7 === 0) {
      body.destroy()
      return 'given up'
    }
    if (i % 2 === 0) return Buffer.concat(await body.stream().toArray()).toString()
    const buffer = Buffer.alloc(10)
    await body.readInto(buffer)
    return buffer.toString()
  }
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => one(i).catch((error: Error) => error)),
  )
  const read = outcomes.filter((outcome) => typeof outcome === 'string')
  t.ok(read.every((body) => body === '0123456789' || body === 'given up'))
  t.ok(read.length > 100, `${read.length} were read`)
  t.ok(read.length < 1000)
  // All places at once are to be had again.
  const last =
    answers.splice(1).length > 0 ? Array.from({ length: 64 }, () => pool.exchange(get)) : []
  for (const { body } of await Promise.all(last)) await body.readInto(Buffer.alloc(10))
  t.equal(last.length, 64)
  pool.destroy()
  await server.closed()
})

t.test('closing ends what is going on, what waits, and what comes later', async (t) => {
  const { server, pool, read } = await pooled(t, () => {}, { maxConnections: 2 })
  const going = Array.from({ length: 6 }, () => t.rejects(read(), Error))
  while (server.asked.length < 2) await turn()
  pool.destroy()
  await Promise.all(going)
  await t.rejects(read(), /closed/)
  await server.closed()
  t.equal(server.asked.length, 2)
})

t.test('a connection that is ended with no reason given ends the body, too', async (t) => {
  const { pool, server } = await pooled(t, ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
  )
  const { body } = await pool.exchange(get)
  pool.destroy()
  await t.rejects(once(body.stream(), 'end'), { code: 'ECONNRESET' })
  await server.closed()
})
