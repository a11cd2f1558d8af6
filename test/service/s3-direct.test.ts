import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { createDirect } from '../../service/s3-direct.ts'
import { createTransport } from '../../service/s3-http/handler.ts'
import { s3Store } from '../../service/s3-store.ts'
import { oddKeys } from '../infra/local/odd-keys.ts'
import { startS3 } from '../infra/local/s3-server.ts'
import { response, type Scripted, scripted, writePieces } from './s3-http/scripted.ts'

const attributes = { contentType: 'image/png', cacheControl: 'public', metadata: { a: 'b  c' } }

/** The real SDK, and the way past it. */
function clientOf(t: Test, endpoint: string, idleMs = 5_000, maxAttempts = 1) {
  const transport = createTransport({ connectMs: 5_000, idleMs, maxConnections: 8 })
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: transport,
  })
  t.teardown(() => client.destroy())
  return { client, directOf: (bucket: string) => createDirect(client, bucket, transport) }
}

/** A client that fails when the SDK itself is asked. */
function withoutSdk() {
  const send = () => Promise.reject(new Error('the SDK was asked'))
  return { send } as unknown as Pick<S3Client, 'send'>
}

/** Direct calls at a server that says what it is told to. */
async function overScript(t: Test, answer: Parameters<typeof scripted>[1], idleMs?: number) {
  const server = await scripted(t, answer)
  const { client, directOf } = clientOf(t, `http://127.0.0.1:${server.endpoint.port}`, idleMs)
  return { server, client, direct: directOf('b') }
}

t.test('objects are put, looked at and read without the SDK', async (t) => {
  const s3 = await startS3(t)
  const { directOf } = clientOf(t, s3.base.href)
  const store = s3Store(withoutSdk(), 'origin', directOf('origin'))
  for (const key of oddKeys) {
    const body = Buffer.from(`this is ${key}`)
    const { etag } = await store.put(key, body, attributes)
    t.match(await store.head(key), { etag, bytes: body.length, ...attributes })
    t.match(await store.get(key), { etag, body, ...attributes })
  }
  await t.rejects(store.get('none'), { name: 'StoreError', failure: 'missing' })
  t.equal(await store.head('none'), undefined)
  const body = Buffer.from('x')
  const { etag } = await store.put('k', body, attributes, { ifAbsent: true })
  await t.rejects(store.put('k', body, attributes, { ifAbsent: true }), {
    name: 'StoreError',
    failure: 'condition',
  })
  await t.rejects(store.put('k', body, attributes, { ifMatch: '"o"' }), {
    name: 'StoreError',
    failure: 'condition',
  })
  await store.put('k', body, attributes, { ifMatch: etag })
  const large = Buffer.alloc(4 * 1024 * 1024, 'large and odd ')
  await store.put('large', large, attributes)
  t.ok(large.equals((await store.get('large')).body))
})

t.test('requests are signed, for now and for the credentials of now', async (t) => {
  const { server, client, direct } = await overScript(t, ({ socket }) => socket.write(response('')))
  await direct({ method: 'GET', key: 'a b' })
  client.config.systemClockOffset = 24 * 60 * 60 * 1000
  client.config.credentials = Object.assign(
    async () => ({ accessKeyId: 'new', secretAccessKey: 'new', sessionToken: 'token' }),
    { memoized: true },
  )
  await direct({ method: 'PUT', key: 'k', body: Buffer.from('b'), headers: { 'if-match': '"e"' } })
  const [first, second] = server.asked.map(({ head }) => head) as [string, string]
  t.match(first, /^GET \/b\/a%20b HTTP\/1.1\r\n/)
  t.match(
    first,
    /authorization: AWS4-HMAC-SHA256 Credential=any\/\d{8}\/us-east-1\/s3\/aws4_request/,
  )
  t.match(second, /Credential=new\/.*SignedHeaders=host;if-match;x-amz-/)
  t.match(second, /x-amz-security-token: token/)
  const dateOf = (head: string) => /x-amz-date: (\d{8})T/.exec(head)?.[1]
  t.not(dateOf(first), dateOf(second), 'the clock is the SDK’s, which corrects it')
})

const answers: Record<string, Parameters<typeof scripted>[1]> = {
  'access denied': ({ socket }) => socket.write(response('<Error/>', { status: 403 })),
  'slow down': ({ socket }) => socket.write(response('<Error/>', { status: 503 })),
  redirect: ({ socket }) => socket.write(response('<Error/>', { status: 301 })),
  'another 404': ({ socket }) =>
    socket.write(response('<Code>NoSuchBucket</Code>', { status: 404 })),
  'another 409': ({ socket }) =>
    socket.write(response('<Code>OperationAborted</Code>', { status: 409 })),
  'an error that breaks off': ({ socket }) =>
    socket.end('HTTP/1.1 404 So\r\nContent-Length: 99\r\n\r\n<Code>NoSuchKey</Code>'),
  'an error without end': ({ socket }) =>
    socket.write('HTTP/1.1 404 So\r\nContent-Length: 999999\r\n\r\n'),
  reset: ({ socket }) => socket.destroy(),
  'no answer': () => {},
  nonsense: ({ socket }) => socket.write('SSH-2.0\r\n\r\n'),
}

for (const [name, answer] of Object.entries(answers)) {
  t.test(`the SDK is asked after: ${name}`, async (t) => {
    const { server, direct } = await overScript(t, answer, 200)
    t.equal(await direct({ method: 'GET', key: 'k' }), undefined)
    t.equal(server.asked.length, 1)
  })
}

for (const status of [403, 404, 503]) {
  t.test(`a connection that answers ${status} is used again`, async (t) => {
    const error = '<Error><Code>Any</Code></Error>'
    const { server, direct } = await overScript(t, async ({ socket }) => {
      socket.write(`HTTP/1.1 ${status} So\r\nTransfer-Encoding: chunked\r\n\r\n`)
      // Not with the head, as far as can be told from here.
      await sleep(5)
      socket.write(`${error.length.toString(16)}\r\n${error}\r\n0\r\n\r\n`)
    })
    for (let i = 0; i < 3; i++) t.equal(await direct({ method: 'GET', key: 'k' }), undefined)
    t.equal(server.sockets.length, 1)
  })
}

t.test('an error in chunks without end is not read on', async (t) => {
  const { server, direct } = await overScript(t, async ({ socket }) => {
    socket.write('HTTP/1.1 404 So\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    while (!socket.destroyed) await writePieces(socket, [chunk])
  })
  t.equal(await direct({ method: 'GET', key: 'k' }), undefined)
  await server.closed()
  const written = server.sockets[0]?.bytesWritten ?? 0
  t.ok(written < 64 * 1024 * 1024, `${written} bytes`)
})

t.test('the SDK is asked for what cannot be signed byte for byte', async (t) => {
  const { server, direct } = await overScript(t, ({ socket }) => socket.write(response('')))
  const headers = { 'x-amz-meta-a': 'é' }
  t.equal(await direct({ method: 'PUT', key: 'k', headers, body: Buffer.alloc(1) }), undefined)
  t.equal(server.asked.length, 0)
})

t.test('without credentials the SDK says so, and is not asked for ever', async (t) => {
  const server: Scripted = await scripted(t, ({ socket }) => socket.write(response('')))
  let known = false
  const transport = createTransport({ connectMs: 5_000, idleMs: 5_000, maxConnections: 8 })
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${server.endpoint.port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: async () => {
      if (!known) throw new Error('no credentials yet')
      return { accessKeyId: 'any', secretAccessKey: 'any' }
    },
    requestHandler: transport,
  })
  t.teardown(() => client.destroy())
  const direct = createDirect(client, 'b', transport)
  t.equal(await direct({ method: 'GET', key: 'k' }), undefined)
  known = true
  t.ok(await direct({ method: 'GET', key: 'k' }))
})

t.test('who has gone waits for nothing', async (t) => {
  const { server, direct } = await overScript(t, () => {})
  const controller = new AbortController()
  const asked = direct({ method: 'GET', key: 'k', signal: controller.signal })
  while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(new Error('gone'))
  await t.rejects(asked, { message: 'gone' })
})

t.test('an answer to a write that says more than it should holds no connection', async (t) => {
  const { server, direct } = await overScript(t, ({ socket }) =>
    socket.write(`HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\n`),
  )
  for (let i = 0; i < 10; i++) {
    t.ok(await direct({ method: 'PUT', key: 'k', body: Buffer.from('x'), headers: {} }))
  }
  t.equal(server.asked.length, 10, 'more than there are connections')
})

t.test('a write whose answer was lost is found to be there', async (t) => {
  const { server, client, direct } = await overScript(t, ({ socket, nth, head }) => {
    if (nth === 0) return socket.destroy()
    if (head.startsWith('PUT')) {
      return socket.write(response('<Code>PreconditionFailed</Code>', { status: 412 }))
    }
    // The MD5 of `x`.
    const headers = 'ETag: "9dd4e461268c8034f5c8564e155c67a6"\r\nx-amz-meta-a: b  c\r\n'
    return socket.write(`HTTP/1.1 200 So\r\n${headers}Content-Length: 1\r\n\r\n`)
  })
  const store = s3Store(client, 'b', direct)
  const put = await store.put('k', Buffer.from('x'), attributes, { ifAbsent: true })
  t.same(put, { etag: '"9dd4e461268c8034f5c8564e155c67a6"' })
  t.equal(server.asked.length, 3)
})

t.test('a write that another was in the way of is not taken for the other', async (t) => {
  const { server, client, direct } = await overScript(t, ({ socket, nth, head }) => {
    if (nth === 0) {
      const body = '<Error><Code>ConditionalRequestConflict</Code></Error>'
      return socket.write(response(body, { status: 409 }))
    }
    if (head.startsWith('PUT')) {
      return socket.write(response('<Code>PreconditionFailed</Code>', { status: 412 }))
    }
    // The MD5 of `x`.
    const headers = 'ETag: "9dd4e461268c8034f5c8564e155c67a6"\r\nx-amz-meta-a: b  c\r\n'
    return socket.write(`HTTP/1.1 200 So\r\n${headers}Content-Length: 1\r\n\r\n`)
  })
  const store = s3Store(client, 'b', direct)
  const put = store.put('k', Buffer.from('x'), attributes, { ifAbsent: true })
  await t.rejects(put, { name: 'StoreError', failure: 'condition' })
  t.equal(server.asked.length, 1)
})

t.test('the SDK repeats calls again when S3 is well after a long failure', async (t) => {
  let failures = Number.POSITIVE_INFINITY
  const server = await scripted(t, ({ socket }) => {
    const status = failures-- > 0 ? 500 : 200
    socket.write(response('', { status, headers: 'ETag: "a"\r\n' }))
  })
  const { client, directOf } = clientOf(t, `http://127.0.0.1:${server.endpoint.port}`, 5_000, 2)
  const store = s3Store(client, 'b', directOf('b'))
  const all = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, () => store.head('k')))
  const failed = await all(150)
  t.ok(failed.every(({ status }) => status === 'rejected'))
  t.ok(server.asked.length < 450, 'the SDK does not repeat for ever what always fails')
  failures = 0
  await all(500)
  failures = 2
  t.match(await store.head('k'), { etag: '"a"' })
})
