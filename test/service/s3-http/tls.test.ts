import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { selfSigned } from './self-signed.ts'

const bodies: Record<string, Buffer> = {
  '/large': randomBytes(4 * 1024 * 1024),
  '/chunked': randomBytes(1_000_000),
  '/small': Buffer.from('ok'),
}

/** A server on `localhost`, and the processes that ask it. */
async function serveTls(t: Test, answer: RequestListener) {
  const { key, cert } = selfSigned()
  const server = createServer({ key, cert }, answer)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const authority = join(t.testdir({}), 'authority.pem')
  await writeFile(authority, cert)
  const { port } = server.address() as AddressInfo
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env

  /** What `program` prints; `trusting` says whether it knows the server. */
  const run = async (program: URL, more: readonly string[], trusting: boolean) => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(program), String(port), ...more],
      { env: { ...env, NODE_OPTIONS: '', ...(trusting && { NODE_EXTRA_CA_CERTS: authority }) } },
    )
    return { lines: stdout.trim().split('\n'), stderr }
  }
  return { server, run }
}

/** What the client prints that asks for bodies; `trusting` says whether it knows the server. */
async function asked(t: Test, trusting: boolean) {
  let connections = 0
  const { server, run } = await serveTls(t, ({ url = '' }, answer) => {
    const body = bodies[url] ?? Buffer.alloc(100_000)
    const length = url === '/chunked' ? {} : { 'Content-Length': body.length }
    answer.writeHead(200, { ...length, 'x-bytes': body.length })
    if (url === '/cut') {
      answer.write(body.subarray(0, 50_000), () => answer.destroy())
    } else if (url === '/chunked') {
      for (let at = 0; at < body.length; at += 33_333) answer.write(body.subarray(at, at + 33_333))
      answer.end()
    } else {
      answer.end(body)
    }
  })
  server.on('secureConnection', () => connections++)
  return { ...(await run(new URL('tls-client.ts', import.meta.url), [], trusting)), connections }
}

t.test('bodies of all kinds over TLS, over one connection', async (t) => {
  const { lines, stderr, connections } = await asked(t, true)
  const wanted = ['/large', '/chunked', '/small', '/large'].flatMap((path) => {
    const md5 = createHash('md5').update(bodies[path] as Buffer)
    const digest = md5.digest('hex')
    return ['readInto', 'late', 'stream'].map((way) => `${way} ${path} ${digest}`)
  })
  t.same(lines, [...wanted, 'cut ECONNRESET'])
  t.equal(connections, 1)
  t.equal(stderr, '')
})

t.test('a server whose certificate nobody vouches for is refused', async (t) => {
  const { lines } = await asked(t, false)
  t.same(lines, ['failed DEPTH_ZERO_SELF_SIGNED_CERT'])
})

/** Reads all of a body, no faster than at so many bytes a millisecond. */
async function readSlowly(request: IncomingMessage, pace: number): Promise<number> {
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    await sleep(piece.length / pace)
  }
  return bytes
}

// More than there is room for on the way.
const uploadBytes = 32 * 1024 * 1024

const uploader = new URL('tls-upload-client.ts', import.meta.url)
const upload = [String(uploadBytes), '2500']

t.test('an upload that takes longer than the connection may be idle', async (t) => {
  let read = 0
  const { run } = await serveTls(t, async (request, answer) => {
    read = await readSlowly(request, 6_000).catch(() => 0)
    answer.end()
  })
  t.same((await run(uploader, upload, true)).lines, ['200'])
  t.equal(read, uploadBytes)
})

t.test('an upload that the server does not read', async (t) => {
  const { run } = await serveTls(t, () => {})
  t.same((await run(uploader, upload, true)).lines, ['TimeoutError'])
})
