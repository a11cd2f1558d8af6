import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { createTransport } from '../../../service/s3-http/handler.ts'
import { s3Store } from '../../../service/s3-store.ts'
import { oddKeys } from '../../infra/local/odd-keys.ts'
import { startS3 } from '../../infra/local/s3-server.ts'
import { response, scripted, writePieces } from './scripted.ts'

/** The real SDK over this transport. */
function clientOf(t: Test, endpoint: string, { idleMs = 30_000, maxConnections = 8 } = {}) {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: createTransport({ connectMs: 30_000, idleMs, maxConnections }),
  })
  t.teardown(() => client.destroy())
  return client
}

async function overS3(t: Test) {
  const s3 = await startS3(t)
  return { ...s3, client: clientOf(t, s3.base.href) }
}

const attributes = { contentType: 'image/png', cacheControl: 'public', metadata: { a: 'b' } }

t.test('objects under odd keys are put, looked at, read and deleted', async (t) => {
  const { client } = await overS3(t)
  const store = s3Store(client, 'origin')
  // The SDK's own parser of URLs takes dots in paths for folders.
  for (const key of oddKeys.filter((key) => !/(^|\/)\.\.?(\/|$)/.test(key))) {
    const body = Buffer.from(`this is ${key}`)
    const { etag } = await store.put(key, body, attributes)
    t.match(await store.head(key), { etag, bytes: body.length, ...attributes })
    t.match(await store.get(key), { etag, body, ...attributes })
    await store.remove(key, { ifMatch: etag })
    t.equal(await store.head(key), undefined, JSON.stringify(key))
  }
})

t.test('errors and conditions are understood', async (t) => {
  const { client } = await overS3(t)
  const object = { Bucket: 'origin', Key: 'k' }
  const send = (condition: object) =>
    client.send(new PutObjectCommand({ ...object, Body: 'text', ...condition }))
  await t.rejects(client.send(new GetObjectCommand(object)), { name: 'NoSuchKey' })
  await t.rejects(client.send(new HeadObjectCommand(object)), { name: 'NotFound' })
  const { ETag } = await send({ IfNoneMatch: '*' })
  await t.rejects(send({ IfNoneMatch: '*' }), { name: 'PreconditionFailed' })
  await t.rejects(send({ IfMatch: '"other"' }), { name: 'PreconditionFailed' })
  await send({ IfMatch: ETag })
  const unchanged = client.send(new GetObjectCommand({ ...object, IfNoneMatch: ETag }))
  t.match(await unchanged.catch((error: unknown) => error), { $metadata: { httpStatusCode: 304 } })
  await client.send(new DeleteObjectCommand(object))
  await t.rejects(client.send(new GetObjectCommand({ Bucket: 'none', Key: 'k' })), {
    name: 'NoSuchBucket',
  })
})

t.test('queries are sent as they were signed', async (t) => {
  const { endpoint, asked } = await scripted(t, ({ socket }) =>
    socket.write(response('<ListBucketResult></ListBucketResult>')),
  )
  const client = clientOf(t, `http://127.0.0.1:${endpoint.port}`)
  await client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: "a+b&c=d %é/!'()*" }))
  t.match(asked[0]?.head, 'prefix=a%2Bb%26c%3Dd%20%25%C3%A9%2F%21%27%28%29%2A')
  t.match(asked[0]?.head, new RegExp(`\r\nhost: 127.0.0.1:${endpoint.port}\r\n`))
})

t.test('an error in chunks, as S3 sends them', async (t) => {
  const xml = '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>'
  const head = 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n'
  const { endpoint, sockets } = await scripted(t, ({ socket }) => {
    socket.write(head)
    setImmediate(() => socket.write(`${xml.length.toString(16)}\r\n${xml}\r\n0\r\n\r\n`))
  })
  const client = clientOf(t, `http://127.0.0.1:${endpoint.port}`)
  for (let i = 0; i < 3; i++) {
    const failing = client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
    await t.rejects(failing, { name: 'NoSuchKey', message: 'none' })
  }
  t.equal(sockets.length, 1)
})

t.test('an error in chunks without end is not read on', async (t) => {
  const server = await scripted(t, async ({ socket }) => {
    socket.write('HTTP/1.1 500 So\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    while (!socket.destroyed) await writePieces(socket, [chunk])
  })
  const client = clientOf(t, `http://127.0.0.1:${server.endpoint.port}`)
  await t.rejects(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })))
  await server.closed()
  t.equal(server.sockets.length, 3)
  for (const { bytesWritten } of server.sockets) {
    t.ok(bytesWritten < 64 * 1024 * 1024, `${bytesWritten} bytes`)
  }
})

t.test('what is not answered in time is asked again', async (t) => {
  const { endpoint, asked } = await scripted(t, ({ socket, nth }) => {
    if (nth === 1) socket.destroy()
    if (nth === 2) socket.write(response('ok'))
  })
  const client = clientOf(t, `http://127.0.0.1:${endpoint.port}`, { idleMs: 500 })
  const { Body: body } = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
  t.equal(await body?.transformToString(), 'ok')
  t.equal(asked.length, 3)
})

t.test('many large bodies at once, both ways, over few connections', async (t) => {
  const { client } = await overS3(t)
  const store = s3Store(client, 'origin')
  const bodies = Array.from({ length: 64 }, (_, i) => Buffer.alloc(500_000 + i, `body ${i} `))
  await Promise.all(bodies.map((body, i) => store.put(`img/${i}.png`, body, attributes)))
  const read = await Promise.all(bodies.map((_, i) => store.get(`img/${i}.png`)))
  t.ok(read.every(({ body }, i) => body.equals(bodies[i] as Buffer)))
})

t.test('the SDK gets a stream, which gives the body up when it is destroyed', async (t) => {
  const { client } = await overS3(t)
  const body = Buffer.alloc(4 * 1024 * 1024, 'large and odd ')
  await s3Store(client, 'origin').put('k', body, attributes)
  const get = new GetObjectCommand({ Bucket: 'origin', Key: 'k' })
  for (let i = 0; i < 10; i++) {
    const { Body: given } = await client.send(get)
    if (!(given instanceof Readable)) throw new Error('no stream')
    given.destroy()
  }
  const { Body: read } = await client.send(get)
  t.ok(body.equals(Buffer.from((await read?.transformToByteArray()) ?? [])))
})

t.test('what no head of a request may hold is not sent', async (t) => {
  const { endpoint, asked } = await scripted(t, () => {})
  const transport = createTransport({ connectMs: 1000, idleMs: 1000, maxConnections: 1 })
  const request = { protocol: 'http:', hostname: '127.0.0.1', port: endpoint.port, path: '/' }
  for (const value of ['a\r\nb: c', 'a\0', '日本']) {
    const headers = { 'x-amz-meta-a': value }
    await t.rejects(transport.exchange({ ...request, method: 'GET', headers }), TypeError)
  }
  t.equal(asked.length, 0)
})
