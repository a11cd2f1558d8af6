import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { openConnection } from '../../../service/s3-http/connection.ts'
import type { Timeouts, WireRequest } from '../../../service/s3-http/wire.ts'
import { collectGarbage } from '../../collect-garbage.ts'
import { coded, cut, places } from './pieces.ts'
import { type Asked, get, patient, response, scripted, writePieces } from './scripted.ts'

/** A connection to a server that says what `answer` says. */
async function connected(
  t: Test,
  answer: (asked: Asked) => unknown,
  timeouts: Partial<Timeouts> = {},
) {
  const server = await scripted(t, answer)
  const connection = openConnection(server.endpoint, { ...patient, ...timeouts })
  t.teardown(() => connection.destroy())
  const freed: boolean[] = []
  const exchange = (request: WireRequest = get) =>
    connection.exchange(request, (usable) => freed.push(usable))
  return { server, connection, exchange, freed }
}

type Response = Awaited<ReturnType<ReturnType<typeof openConnection>['exchange']>>

/** The ways to read a body; the length is known to the reader. */
const readers: Record<string, (response: Response, bytes: number) => Promise<Buffer>> = {
  readInto: async ({ body }, bytes) => {
    const buffer = Buffer.alloc(bytes)
    await body.readInto(buffer)
    return buffer
  },
  'readInto, late': async ({ body }, bytes) => {
    for (let i = 0; i < 5; i++) await turn()
    const buffer = Buffer.alloc(bytes)
    await body.readInto(buffer)
    return buffer
  },
  stream: async ({ body }) => Buffer.concat(await body.stream().toArray()),
  'stream, late': async ({ body }) => {
    for (let i = 0; i < 5; i++) await turn()
    return Buffer.concat(await body.stream().toArray())
  },
}

for (const [name, read] of Object.entries(readers)) {
  t.test(`${name}: a response that is cut at every position`, async (t) => {
    const whole = response('0123456789', { headers: 'ETag: "a"\r\n' })
    const { exchange, server, freed } = await connected(t, ({ socket, nth }) =>
      writePieces(socket, [whole.subarray(0, nth), whole.subarray(nth)]),
    )
    for (let i = 0; i < whole.length; i++) {
      const answer = await exchange()
      const body = await read(answer, 10)
      if (answer.headers.etag !== '"a"' || body.toString() !== '0123456789') t.fail(`cut at ${i}`)
    }
    t.equal(server.sockets.length, 1)
    t.same(freed, Array(whole.length).fill(true))
  })

  t.test(`${name}: chunks, in any pieces`, async (t) => {
    let pieces: Buffer[] = []
    const { exchange, server } = await connected(t, ({ socket }) => writePieces(socket, pieces))
    const head = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    await fc.assert(
      fc.asyncProperty(coded, places, async ({ content, wire }, places) => {
        pieces = cut(Buffer.concat([head, wire]), places)
        return content.equals(await read(await exchange(), content.length))
      }),
      { numRuns: 40, examples: [[{ content: Buffer.from('a'), wire: oneChunk }, [head.length]]] },
    )
    t.equal(server.sockets.length, 1)
  })

  t.test(`${name}: 4 MB, with and without a length`, async (t) => {
    const large = Buffer.alloc(4 * 1024 * 1024, 'large and not periodic in 64 KiB; ')
    const { exchange } = await connected(t, ({ socket, nth }) => {
      if (nth === 0) socket.write(response(large))
      else socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), large]))
    })
    t.ok(large.equals(await read(await exchange(), large.length)))
    t.ok(large.equals(await read(await exchange(), large.length)))
  })

  t.test(`${name}: heads and bodies about as long as what is read at once`, async (t) => {
    let whole: Buffer = Buffer.alloc(0)
    const { exchange, server } = await connected(t, ({ socket }) => socket.write(whole))
    for (const about of [3, 6, 64].map((kib) => kib * 1024)) {
      for (let length = about - 60; length <= about + 3; length++) {
        // The same length for head, for body, and for both.
        for (const [padding, bytes] of [
          [Math.min(length, 60_000), 100],
          [0, length],
          [length >> 1, length >> 1],
        ] as const) {
          const body = Buffer.alloc(bytes, 'not periodic in 64 bytes; ')
          whole = response(body, { headers: `X-Padding: ${'x'.repeat(padding)}\r\n` })
          if (!body.equals(await read(await exchange(), bytes))) t.fail(`${padding} and ${bytes}`)
        }
      }
    }
    t.equal(server.sockets.length, 1)
  })

  t.test(`${name}: a body that breaks off`, async (t) => {
    for (const framing of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
      const { exchange, freed, connection } = await connected(t, ({ socket }) =>
        socket.end(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n5\r\nabc`),
      )
      await t.rejects(
        exchange().then((answer) => read(answer, 10)),
        { code: 'ECONNRESET' },
      )
      t.same(freed, [false])
      t.notOk(connection.usable)
    }
  })

  t.test(`${name}: no byte of a body for too long`, async (t) => {
    const { exchange, freed } = await connected(
      t,
      ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      { idleMs: 30 },
    )
    await t.rejects(
      exchange().then((answer) => read(answer, 10)),
      { name: 'TimeoutError' },
    )
    t.same(freed, [false])
  })

  t.test(`${name}: a body that goes on behind its length`, async (t) => {
    const { exchange, freed, server } = await connected(t, ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd'),
    )
    await t.rejects(
      exchange().then((answer) => read(answer, 3)),
      /longer/,
    )
    t.same(freed, [false])
    await server.closed()
  })
}

const oneChunk = Buffer.from('1\r\na\r\n0\r\n\r\n')

t.test('a buffer that is too small or too large for the body', async (t) => {
  for (const size of [3, 11]) {
    for (const [when, pieces] of [
      ['with the head', [response('0123456789')]],
      ['behind it', [response('0123456789').subarray(0, -10), '01234', '56789']],
    ] as const) {
      const { exchange, freed } = await connected(t, ({ socket }) => writePieces(socket, pieces))
      const { body } = await exchange()
      await t.rejects(body.readInto(Buffer.alloc(size)), Error, `${size}, ${when}`)
      t.equal(freed.length, 1)
    }
  }
})

t.test('100 Continue, also several, also with the head', async (t) => {
  const carryOn = 'HTTP/1.1 100 Continue\r\n\r\n'
  const { exchange } = await connected(t, ({ socket, nth }) =>
    writePieces(
      socket,
      nth === 0
        ? [carryOn, 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n', response('ok')]
        : [`${carryOn}${carryOn}${response('ok')}`],
    ),
  )
  for (let i = 0; i < 2; i++) {
    const { status, body } = await exchange()
    t.equal(status, 200)
    t.equal(Buffer.concat(await body.stream().toArray()).toString(), 'ok')
  }
})

t.test('a request with a body, sent whole', async (t) => {
  const sent = Buffer.alloc(3_000_000, 'a body')
  const { exchange, server, freed } = await connected(t, ({ socket }) =>
    socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
  )
  const head = `PUT /k HTTP/1.1\r\nhost: s\r\ncontent-length: ${sent.length}\r\n\r\n`
  const { status } = await exchange({ method: 'PUT', head, body: sent })
  t.equal(status, 204)
  t.ok(server.asked[0]?.body.equals(sent))
  t.same(freed, [true])
})

for (const status of [200, 412]) {
  t.test(`an answer ${status} before the whole request is sent ends the connection`, async (t) => {
    const { connection, freed, exchange, server } = await connected(t, () => {})
    const head = 'PUT /k HTTP/1.1\r\nhost: s\r\ncontent-length: 30000000\r\n\r\n'
    const answer = exchange({ method: 'PUT', head, body: Buffer.alloc(30_000_000) })
    while (server.sockets.length === 0) await turn()
    server.sockets[0]?.pause()
    server.sockets[0]?.write(response('', { status }))
    t.equal((await answer).status, status)
    t.same(freed, [false])
    t.notOk(connection.usable)
  })
}

for (const [name, wire] of Object.entries({
  'in the head': 'HTTP/1.1 200 OK\r\nContent-Le',
  'before the head': '',
})) {
  t.test(`a server that breaks off ${name}`, async (t) => {
    const { exchange, freed } = await connected(t, ({ socket }) => socket.end(wire))
    await t.rejects(exchange(), { code: 'ECONNRESET' })
    t.same(freed, [false])
    await t.rejects(exchange(), { code: 'ECONNRESET' }, 'nor does it take another request')
    t.same(freed, [false, false])
  })
}

for (const [name, wire] of Object.entries({
  'no HTTP': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  'a broken length': 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n',
  'a head without end': `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(300_000)}`,
})) {
  t.test(`a server that says ${name}`, async (t) => {
    const { exchange, freed, server } = await connected(t, ({ socket }) => socket.write(wire))
    await t.rejects(exchange())
    t.same(freed, [false])
    await server.closed()
  })
}

t.test('a broken chunk breaks the body off', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  for (const pieces of [[`${head}1\r\nabc\r\n`], [head, '1\r\na\r\n', 'zz\r\n']]) {
    const { exchange, freed } = await connected(t, ({ socket }) => writePieces(socket, pieces))
    await t.rejects(
      exchange().then(({ body }) => body.stream().toArray()),
      /chunk/,
    )
    t.same(freed, [false])
  }
})

t.test('a connection that is not to be used again', async (t) => {
  const { exchange, freed, server } = await connected(t, ({ socket }) =>
    socket.write(response('ok', { headers: 'Connection: close\r\n' })),
  )
  const { body } = await exchange()
  t.equal(Buffer.concat(await body.stream().toArray()).toString(), 'ok')
  t.same(freed, [false])
  await server.closed()
})

for (const [name, pieces] of Object.entries({
  'with its head': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  'behind it': ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'ok'],
})) {
  t.test(`an idle connection hears of its end, the body having come ${name}`, async (t) => {
    const { exchange, server, connection } = await connected(t, ({ socket }) =>
      writePieces(socket, pieces),
    )
    const { body } = await exchange()
    await body.readInto(Buffer.alloc(2))
    t.ok(connection.usable)
    server.sockets[0]?.end()
    await server.closed()
    t.notOk(connection.usable)
  })

  t.test(`bytes on an idle connection end it, the body having come ${name}`, async (t) => {
    const { exchange, server, connection } = await connected(t, ({ socket }) =>
      writePieces(socket, pieces),
    )
    const { body } = await exchange()
    await body.readInto(Buffer.alloc(2))
    server.sockets[0]?.write(response('nobody asked'))
    await server.closed()
    t.notOk(connection.usable)
  })
}

t.test('a body that nobody wants ends the connection', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n'
  for (const pieces of [[head], [`${head}abc`], [head, Buffer.alloc(300_000)]]) {
    const { exchange, freed, server } = await connected(t, ({ socket }) =>
      writePieces(socket, pieces),
    )
    const { body } = await exchange()
    body.destroy()
    t.same(freed, [false])
    await server.closed()
  }
})

t.test('a reader that is slower than the server is not timed, nor is memory filled', async (t) => {
  const large = Buffer.alloc(20_000_000, 'x')
  const whole = response(large)
  const { exchange, server } = await connected(t, ({ socket }) => socket.write(whole), {
    idleMs: 1500,
  })
  const { body } = await exchange()
  let bytes = 0
  const stream = body.stream()
  for await (const piece of stream) {
    if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 2000))
    t.ok(stream.readableLength < 1_000_000)
    bytes += piece.length
  }
  t.equal(bytes, large.length)
  t.equal(server.sockets.length, 1)
})

t.test('a header that is kept keeps nothing of the body', async (t) => {
  const { exchange } = await connected(t, ({ socket }) =>
    socket.write(response(Buffer.alloc(60_000), { headers: `ETag: "${'a'.repeat(32)}"\r\n` })),
  )
  const kept: (string | undefined)[] = []
  const take = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { headers, body } = await exchange()
      await body.readInto(Buffer.alloc(60_000))
      kept.push(headers.etag)
    }
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const before = await take(50)
  const grown = (await take(100)) - before
  t.equal(kept.length, 150)
  t.ok(grown < 2_000_000, `${grown} bytes`)
})

t.test('no answer in time', async (t) => {
  const { exchange, freed, server } = await connected(t, () => {}, { idleMs: 30 })
  await t.rejects(exchange(), { name: 'TimeoutError' })
  t.same(freed, [false])
  await server.closed()
})

t.test('no answer in time over a connection that is used again', async (t) => {
  const { exchange } = await connected(
    t,
    ({ socket, nth }) => nth === 0 && socket.write(response('')),
    { idleMs: 500 },
  )
  await exchange()
  await t.rejects(exchange(), { name: 'TimeoutError' })
})

t.test('no connection in time', async (t) => {
  // It takes the connection, but says nothing of TLS.
  const { endpoint } = await scripted(t, () => {})
  const connection = openConnection({ ...endpoint, tls: true }, { connectMs: 30, idleMs: 60_000 })
  const freed: boolean[] = []
  await t.rejects(
    connection.exchange(get, (usable) => freed.push(usable)),
    { name: 'TimeoutError' },
  )
  t.same(freed, [false])
})

t.test('what did not come in time is told', async (t) => {
  const { server, exchange } = await connected(
    t,
    ({ socket, nth }) =>
      nth === 0 && socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
    { idleMs: 500 },
  )
  const { body } = await exchange()
  await t.rejects(body.stream().toArray(), { message: 'no byte of the body for 500 ms' })
  const patience = { connectMs: 500, idleMs: 500 }
  const { endpoint } = server
  const { host, port } = endpoint
  await t.rejects(
    openConnection(endpoint, patience).exchange(get, () => {}),
    { message: `no answer of ${host}:${port} for 500 ms` },
  )
  await t.rejects(
    openConnection({ ...endpoint, tls: true }, patience).exchange(get, () => {}),
    { message: `no connection to ${host}:${port} within 500 ms` },
  )
})

t.test('nobody listens', async (t) => {
  const { endpoint, sockets } = await scripted(t, () => {})
  t.equal(sockets.length, 0)
  const connection = openConnection({ ...endpoint, port: 1 }, patient)
  await t.rejects(
    connection.exchange(get, () => {}),
    { code: 'ECONNREFUSED' },
  )
})

t.test('what breaks off before anybody reads is told to who reads then', async (t) => {
  const { exchange, connection } = await connected(t, ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
  )
  const { body } = await exchange()
  const reason = new Error('given up')
  connection.destroy(reason)
  await turn()
  await t.rejects(body.readInto(Buffer.alloc(10)), reason)
  await t.rejects(body.stream().toArray(), reason)
})

t.test('a body that was read cannot be read again, in either way', async (t) => {
  const { exchange, freed } = await connected(t, ({ socket }) => socket.write(response('ok')))
  for (const read of Object.values(readers)) {
    const answer = await exchange()
    t.equal((await read(answer, 2)).toString(), 'ok')
    answer.body.destroy()
    await t.rejects(answer.body.readInto(Buffer.alloc(2)), Error)
    await t.rejects(answer.body.stream().toArray(), Error)
  }
  t.same(freed, Array(Object.keys(readers).length).fill(true), 'nor is its connection ended')
})
