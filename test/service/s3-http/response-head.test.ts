import t from 'tap'
import { parseResponseHead } from '../../../service/s3-http/response-head.ts'

const head = (...lines: string[]) => lines.join('\r\n')

t.test('how the body ends', async (t) => {
  const table: [method: string, status: number, headers: string[], framing: unknown][] = [
    ['GET', 200, ['Content-Length: 7'], { bytes: 7 }],
    ['GET', 200, ['content-length:0'], { bytes: 0 }],
    ['GET', 200, ['Transfer-Encoding: Chunked'], 'chunked'],
    ['GET', 404, ['Transfer-Encoding: chunked', 'Content-Length: 7'], 'chunked'],
    ['GET', 200, [], 'close'],
    ['HEAD', 200, ['Content-Length: 7'], { bytes: 0 }],
    ['HEAD', 404, ['Transfer-Encoding: chunked'], { bytes: 0 }],
    ['HEAD', 200, [], { bytes: 0 }],
    ['DELETE', 204, [], { bytes: 0 }],
    ['GET', 304, ['Content-Length: 7'], { bytes: 0 }],
    ['GET', 100, [], { bytes: 0 }],
  ]
  for (const [method, status, headers, framing] of table) {
    const text = head(`HTTP/1.1 ${status} So`, ...headers)
    t.same(parseResponseHead(text, method).framing, framing, `${method} ${text}`)
  }
})

t.test('when a connection may be used again', async (t) => {
  const table: [version: string, headers: string[], keepAlive: boolean][] = [
    ['1.1', ['Content-Length: 1'], true],
    ['1.1', ['Transfer-Encoding: chunked'], true],
    ['1.1', ['Content-Length: 1', 'Connection: keep-alive'], true],
    ['1.1', ['Content-Length: 1', 'Connection: close'], false],
    ['1.1', ['Content-Length: 1', 'connection: x, CLOSE'], false],
    ['1.1', ['Content-Length: 1', 'Connection: x', 'Connection: close'], false],
    ['1.1', ['Content-Length: 1', 'Connection: close-notify'], true],
    ['1.1', [], false],
    ['1.0', ['Content-Length: 1'], false],
    // Such a message may be an attempt to smuggle one (RFC 9112, 6.3).
    ['1.1', ['Content-Length: 1', 'Transfer-Encoding: chunked'], false],
  ]
  for (const [version, headers, keepAlive] of table) {
    const text = head(`HTTP/${version} 200 OK`, ...headers)
    t.equal(parseResponseHead(text, 'GET').keepAlive, keepAlive, text)
  }
})

t.test('status, reason and headers', async (t) => {
  const parsed = parseResponseHead(
    head(
      'HTTP/1.1 404 Not Found',
      'ETag: "a"',
      'x-amz-meta-a: 1',
      'X-Amz-Meta-A:  2 ',
      'Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT',
      'x-empty:',
      '__proto__: polluted',
    ),
    'GET',
  )
  t.equal(parsed.status, 404)
  t.equal(parsed.reason, 'Not Found')
  t.equal(parsed.headers.etag, '"a"')
  t.equal(parsed.headers['x-amz-meta-a'], '1, 2')
  t.equal(parsed.headers['last-modified'], 'Sun, 22 Nov 2026 10:00:00 GMT')
  t.equal(parsed.headers['x-empty'], '')
  t.notOk('polluted' in {})
  t.equal(parseResponseHead('HTTP/1.1 200', 'HEAD').reason, '')
  t.equal(parseResponseHead('HTTP/1.1 200 ', 'HEAD').reason, '')
})

for (const text of [
  '',
  'HTTP/2 200 OK',
  'HTTP/1.2 200 OK',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1 099 No',
  'HTTP/1.1200 OK',
  ' HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK\nx: y',
  'SSH-2.0-OpenSSH_9.6',
  head('HTTP/1.1 200 OK', 'no colon'),
  head('HTTP/1.1 200 OK', ': no name'),
  head('HTTP/1.1 200 OK', 'x : space before the colon'),
  head('HTTP/1.1 200 OK', 'x: y', ' folded: line'),
  head('HTTP/1.1 200 OK', 'x: y\nz: 1'),
  head('HTTP/1.1 200 OK', 'Content-Length: -1'),
  head('HTTP/1.1 200 OK', 'Content-Length: 1e3'),
  head('HTTP/1.1 200 OK', 'Content-Length:'),
  head('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2'),
  head('HTTP/1.1 200 OK', 'Content-Length: 99999999999999999999'),
  head('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked'),
  head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
]) {
  t.test(`is none: ${JSON.stringify(text)}`, async (t) => {
    t.throws(() => parseResponseHead(text, 'GET'))
  })
}
