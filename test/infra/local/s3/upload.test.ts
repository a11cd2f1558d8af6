import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { ask } from '../http.ts'
import { startS3 } from '../s3-server.ts'

/** Sends `chunks` as the body of a PUT of `key`, and ends or resets the connection. */
function send(
  base: URL,
  key: string,
  headers: Record<string, string | number>,
  chunks: string[],
  { reset = false, host = base.host } = {},
): Promise<{ status: number; body: string } | 'reset'> {
  const { hostname, port } = base
  return new Promise((resolve) => {
    const options = { method: 'PUT', agent: false, headers: { ...headers, host } }
    const sent = request({ hostname, port, path: key, ...options })
    sent.on('error', () => resolve('reset'))
    sent.on('response', async (response) => {
      const body = (await buffer(response)).toString()
      resolve({ status: response.statusCode ?? 0, body })
    })
    // As bytes: Node sends the headers in the encoding of a text that goes with them.
    for (const chunk of chunks) sent.write(Buffer.from(chunk))
    if (reset) setTimeout(() => sent.destroy(), 50)
    else sent.end()
  })
}

async function temporaryFiles(data: string): Promise<string[]> {
  return readdir(join(data, '.objects/origin/tmp'))
}

t.test('an upload that breaks off stores nothing and leaves nothing', async (t) => {
  const { base, origin, data } = await startS3(t)
  await origin.write('x', Buffer.from('before'), {})
  const cut = await send(base, '/origin/x', { 'content-length': 10_000 }, ['half'], { reset: true })
  t.equal(cut, 'reset')
  while ((await temporaryFiles(data)).length > 0) await sleep(10)
  t.equal((await origin.head('x'))?.bytes, 6)
  t.equal((await origin.list()).objects.length, 1)
})

const crc = (text: string) => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(text))
  return value.toString('base64')
}
const streaming = {
  'content-encoding': 'gzip, aws-chunked',
  'transfer-encoding': 'chunked',
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-trailer': 'x-amz-checksum-crc32',
  'x-amz-decoded-content-length': 10,
}
const signed = {
  'content-encoding': 'aws-chunked',
  'transfer-encoding': 'chunked',
  'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'x-amz-decoded-content-length': 10,
}
const trailer = `x-amz-checksum-crc32:${crc('0123456789')}\r\n\r\n`

t.test('aws-chunked bodies, signed and not', async (t) => {
  const { base, origin } = await startS3(t)
  const unsigned = await send(base, '/origin/a', streaming, [
    '4\r\n01',
    `23\r\n6\r\n456789\r\n0\r\n${trailer}`,
  ])
  t.match(unsigned, { status: 200 })
  t.match(await origin.head('a'), {
    bytes: 10,
    contentEncoding: 'gzip',
    checksum: { algorithm: 'CRC32', value: crc('0123456789') },
  })
  const signature = `;chunk-signature=${'0'.repeat(64)}`
  const frame = `a${signature}\r\n0123456789\r\n0${signature}\r\n\r\n`
  t.match(await send(base, '/origin/b', signed, [frame]), { status: 200 })
  t.match(await origin.head('b'), { bytes: 10, contentEncoding: undefined })
})

t.test('what is not as promised is refused, and nothing is stored', async (t) => {
  const { base, origin, data } = await startS3(t)
  const whole = `a\r\n0123456789\r\n0\r\n`
  const wrongSum = `x-amz-checksum-crc32:${crc('other')}\r\n\r\n`
  for (const [name, headers, chunks, code] of [
    ['short', streaming, ['4\r\n0123\r\n0\r\n', trailer], 'IncompleteBody'],
    ['over-long', streaming, ['b\r\n0123456789a\r\n0\r\n', trailer], 'IncompleteBody'],
    ['no end', signed, ['a\r\n0123456789\r\n'], 'IncompleteBody'],
    ['not a size', signed, ['ten\r\n0123456789\r\n0\r\n\r\n'], 'IncompleteBody'],
    ['goes on', signed, [whole, '\r\nmore'], 'IncompleteBody'],
    ['bad trailer', streaming, [whole, wrongSum], 'BadDigest'],
    ['malformed trailer', streaming, [whole, 'x-amz-checksum-crc32:x\r\n\r\n'], 'InvalidRequest'],
    ['no trailer', streaming, [whole, '\r\n'], 'IncompleteBody'],
    [
      'other payload',
      { 'content-length': 1, 'x-amz-content-sha256': '0'.repeat(64) },
      ['x'],
      'XAmzContentSHA256Mismatch',
    ],
    ['acl', { 'content-length': 1 }, ['x'], 'NotImplemented'],
    [
      'metadata',
      { 'content-length': 1, 'x-amz-meta-a': 'a'.repeat(2048) },
      ['x'],
      'MetadataTooLarge',
    ],
  ] as const) {
    const path = name === 'acl' ? '/origin/x?acl' : '/origin/x'
    const answer = await send(base, path, headers, [...chunks])
    t.match(answer, { body: `<Code>${code}</Code>` }, name)
  }
  t.equal(await origin.head('x'), undefined)
  t.same(await temporaryFiles(data), [])
})

t.test('virtual-host style, and addresses that are none', async (t) => {
  const { base, origin } = await startS3(t)
  const host = `origin.localhost:${base.port}`
  t.match(await send(base, '/img/a%2Bb.png', { 'content-length': 1 }, ['x'], { host }), {
    status: 200,
  })
  t.equal((await origin.head('img/a+b.png'))?.bytes, 1)
  const other = await send(base, '/x', { 'content-length': 1 }, ['x'], { host: 'none.localhost' })
  t.match(other, { status: 404, body: '<Code>NoSuchBucket</Code>' })
  const malformed = await send(base, '/origin/%E4', { 'content-length': 1 }, ['x'])
  t.match(malformed, { status: 400, body: '<Code>InvalidURI</Code>' })
})

t.test('metadata goes out as the bytes that came in', async (t) => {
  const { base } = await startS3(t)
  const utf8 = Buffer.from('日本 é').toString('latin1')
  await send(base, '/origin/x', { 'content-length': 1, 'x-amz-meta-title': utf8 }, ['x'])
  const { headers } = await ask(base, '/origin/x')
  t.equal(Buffer.from(`${headers['x-amz-meta-title']}`, 'latin1').toString(), '日本 é')
})
