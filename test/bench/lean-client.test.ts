import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createLeanClient } from '../../bench/processes/lean-client.ts'

const broken = { status: 0, serverTiming: '' }

/** A client of a server on loopback, and the connections that it has had. */
async function setUp(t: Test, listener: RequestListener) {
  const sockets: Socket[] = []
  const server = createServer(listener).on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createLeanClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.teardown(() => {
    client.close()
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { client, sockets }
}

t.test('answers of known length come over one connection', async (t) => {
  const targets: string[] = []
  const { client, sockets } = await setUp(t, ({ url }, response) => {
    targets.push(String(url))
    response.setHeader('server-timing', 'total;dur=1.5')
    response.setHeader('content-length', 300_000)
    response.end(Buffer.alloc(300_000))
  })
  for (const target of ['/prod?key=a', '/prod?key=b']) {
    t.strictSame(await client.get(target), { status: 200, serverTiming: 'total;dur=1.5' })
  }
  t.strictSame(targets, ['/prod?key=a', '/prod?key=b'])
  t.equal(sockets.length, 1)
})

t.test('those in chunks and those without a body do, too', async (t) => {
  const { client, sockets } = await setUp(t, ({ url }, response) => {
    if (url === '/empty') response.writeHead(204).end()
    else {
      response.write('one')
      setImmediate(() => response.end(Buffer.alloc(100_000)))
    }
  })
  t.match(await client.get('/chunks'), { status: 200 })
  t.match(await client.get('/empty'), { status: 204 })
  t.match(await client.get('/chunks'), { status: 200 })
  t.equal(sockets.length, 1)
})

t.test('as many connections as there are requests at once', async (t) => {
  const { client, sockets } = await setUp(t, (_request, response) => {
    setTimeout(() => response.writeHead(503).end(), 20)
  })
  const ask = () => Promise.all(['/a', '/b', '/c'].map((target) => client.get(target)))
  t.strictSame(
    (await ask()).map(({ status }) => status),
    [503, 503, 503],
  )
  await ask()
  t.equal(sockets.length, 3)
})

t.test('an answer may end with its connection', async (t) => {
  const { client, sockets } = await setUp(t, (request, response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\n\r\nall of it')
    request.resume()
  })
  t.match(await client.get('/a'), { status: 200 })
  t.match(await client.get('/b'), { status: 200 })
  t.equal(sockets.length, 2)
})

const faults: [title: string, answer: string][] = [
  ['breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nnine byte'],
  ['never begins', ''],
  ['is too long', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nfour'],
  ['is no HTTP', 'SSH-2.0\r\n\r\n'],
  ['breaks off in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nnot'],
]

for (const [title, text] of faults) {
  t.test(`an answer that ${title} is broken, and the next one is not`, async (t) => {
    let requests = 0
    const { client } = await setUp(t, (_request, response) => {
      if (++requests === 1) response.socket?.end(text)
      else response.end('whole')
    })
    t.strictSame(await client.get('/a'), broken)
    t.match(await client.get('/b'), { status: 200 })
  })
}

t.test('where nobody listens every answer is broken', async (t) => {
  const { client } = await setUp(t, () => {})
  const nobody = createLeanClient('http://127.0.0.1:1')
  t.strictSame(await nobody.get('/a'), broken)
  const asked = client.get('/a')
  client.close()
  t.strictSame(await asked, broken, 'and so is one that is given up')
})
