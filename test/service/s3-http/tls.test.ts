import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { selfSigned } from './self-signed.ts'

const client = fileURLToPath(new URL('tls-client.ts', import.meta.url))

const bodies: Record<string, Buffer> = {
  '/large': randomBytes(4 * 1024 * 1024),
  '/chunked': randomBytes(1_000_000),
  '/small': Buffer.from('ok'),
}

/** What the client prints that asks such a server; `trusting` says whether it knows the server. */
async function asked(t: Test, trusting: boolean) {
  const { key, cert } = selfSigned()
  let connections = 0
  const server = createServer({ key, cert }, ({ url = '' }, answer) => {
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
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', client, String(port)],
    { env: { ...env, NODE_OPTIONS: '', ...(trusting && { NODE_EXTRA_CA_CERTS: authority }) } },
  )
  return { lines: stdout.trim().split('\n'), stderr, connections }
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
