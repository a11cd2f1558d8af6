import t, { type Test } from 'tap'
import { routingRules, websiteDocuments } from '../../../../infra/flow.ts'
import { createFaults } from '../../../../infra/local/faults.ts'
import { createWebsite, type WebsiteOptions } from '../../../../infra/local/website/website.ts'
import { ask, serve } from '../http.ts'
import { memoryBucket } from '../memory-bucket.ts'
import { createLog } from '../s3-server.ts'

const picture = {
  body: 'the picture',
  contentType: 'image/png',
  cacheControl: 'public, max-age=604800',
  metadata: { 'cache-tag': 'abc', note: 'as it is' },
}
const otherEtag = '"8fd4b10b0e9bdcb8ba0a1c7a8a0a8c93"'

function website(t: Test, options: Partial<WebsiteOptions> = {}) {
  const handler = createWebsite({
    bucket: memoryBucket({
      'img/x.png': picture,
      'img/a+b &%.png': picture,
      'docs/index.html': { body: '<p>docs</p>', contentType: 'text/html' },
    }),
    rules: routingRules(['img/', 'blog/img/'], { protocol: 'http', hostName: 'localhost:8081' }),
    documents: websiteDocuments,
    locationEncoding: 'once',
    missingStatus: 404,
    faults: createFaults(),
    ...options,
  })
  return serve(t, handler)
}

t.test('an object comes with all that is kept beside it', async (t) => {
  const base = await website(t)
  const get = await ask(base, '/img/x.png')
  t.equal(get.status, 200)
  t.equal(get.body.toString(), picture.body)
  t.match(get.headers, {
    'content-type': 'image/png',
    'content-length': '11',
    'cache-control': 'public, max-age=604800',
    'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
    'accept-ranges': 'bytes',
    'x-amz-meta-cache-tag': 'abc',
    'x-amz-meta-note': 'as it is',
    server: 'AmazonS3',
  })
  const head = await ask(base, '/img/x.png', { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(head.headers['content-length'], '11')
  t.equal(head.headers.etag, get.headers.etag)
  t.equal(head.body.length, 0)
})

t.test('a plus in a path is a space, an escaped one is a plus', async (t) => {
  const base = await website(t)
  t.equal((await ask(base, '/img/a%2Bb+%26%25.png')).status, 200)
  t.equal((await ask(base, '/img/a%2Bb%20&%25.png')).status, 200)
  t.equal((await ask(base, '/img/a+b%20&%25.png')).status, 307)
})

t.test('conditions and ranges', async (t) => {
  const base = await website(t)
  const current = (await ask(base, '/img/x.png')).headers.etag ?? ''
  const status = async (headers: Record<string, string>) =>
    (await ask(base, '/img/x.png', { headers })).status
  t.equal(await status({ 'if-none-match': current }), 304)
  t.equal(await status({ 'if-none-match': otherEtag }), 200)
  t.equal(await status({ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' }), 304)
  t.equal(await status({ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' }), 200)
  t.equal(await status({ 'if-match': otherEtag }), 412)
  t.equal(await status({ range: 'bytes=99-' }), 416)
  const part = await ask(base, '/img/x.png', { headers: { range: 'bytes=4-6' } })
  t.equal(part.status, 206)
  t.equal(part.headers['content-range'], 'bytes 4-6/11')
  t.equal(part.body.toString(), 'pic')
})

t.test('a missing key below a prefix is sent to the API', async (t) => {
  const base = await website(t)
  const location = async (path: string) => {
    const { status, headers } = await ask(base, path)
    t.equal(status, 307, path)
    t.equal(headers['cache-control'], undefined)
    return headers.location
  }
  const api = 'http://localhost:8081/prod?key='
  t.equal(await location('/img/150x200/x.png'), `${api}img/150x200/x.png`)
  t.equal(await location('/blog/img/1x1/x.png'), `${api}blog/img/1x1/x.png`)
  t.equal(
    await location("/img/1x1/a%20b%2Bc&d%25e%23('g')%5B%C3%A4.png"),
    `${api}img/1x1/a%20b%2Bc%26d%25e%23%28%27g%27%29%5B%C3%A4.png`,
  )
  const head = await ask(base, '/img/150x200/x.png', { method: 'HEAD' })
  t.equal(head.status, 307)
  t.equal(head.headers.location, `${api}img/150x200/x.png`)
})

t.test('the other encodings of a Location', async (t) => {
  const path = '/img/1x1/a%2Bb%26%25%C3%A4.png'
  const twice = await ask(await website(t, { locationEncoding: 'twice' }), path)
  t.match(twice.headers.location, /key=img\/1x1\/a%2Bb%26%25%25C3%25A4\.png$/)
  const raw = await ask(await website(t, { locationEncoding: 'raw' }), path)
  t.match(raw.headers.location, /key=img\/1x1\/a\+b&%25%C3%A4\.png$/)
})

t.test('a missing key elsewhere is an error in HTML', async (t) => {
  const base = await website(t)
  const { status, headers, body } = await ask(base, '/else/<where>.png')
  t.equal(status, 404)
  t.equal(headers['x-amz-error-code'], 'NoSuchKey')
  t.equal(headers['x-amz-error-detail-key'], 'else/%3Cwhere%3E.png')
  t.match(headers['content-type'], 'text/html')
  t.match(body.toString(), '<li>Code: NoSuchKey</li>')
  t.match(body.toString(), '<li>Key: else/&lt;where&gt;.png</li>')
})

t.test(
  'without the right to list, a missing key is denied, and sent to the API all the same',
  async (t) => {
    const base = await website(t, { missingStatus: 403 })
    t.equal((await ask(base, '/img/150x200/x.png')).status, 307)
    const denied = await ask(base, '/else.png')
    t.equal(denied.status, 403)
    t.equal(denied.headers['x-amz-error-code'], 'AccessDenied')
  },
)

t.test('the error document replaces the page', async (t) => {
  const bucket = memoryBucket({ '404.html': { body: 'nothing here', contentType: 'text/html' } })
  const base = await website(t, { bucket })
  const { status, headers, body } = await ask(base, '/else.png', {
    headers: { range: 'bytes=0-1' },
  })
  t.equal(status, 404)
  t.equal(body.toString(), 'nothing here')
  t.equal(headers['x-amz-error-code'], 'NoSuchKey')
})

t.test('folders', async (t) => {
  const base = await website(t)
  const index = await ask(base, '/docs/')
  t.equal(index.status, 200)
  t.equal(index.body.toString(), '<p>docs</p>')
  const slash = await ask(base, '/docs')
  t.equal(slash.status, 302)
  t.equal(slash.headers.location, '/docs/')
  t.equal((await ask(base, '/')).status, 404)
})

t.test('nothing but GET and HEAD', async (t) => {
  const base = await website(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask(base, '/img/x.png', { method })
    t.equal(status, 405, method)
    t.equal(headers['x-amz-error-code'], 'MethodNotAllowed')
  }
})

t.test('a path that is not UTF-8 is refused', async (t) => {
  const { status, headers } = await ask(await website(t), '/img/%ff.png')
  t.equal(status, 400)
  t.equal(headers['x-amz-error-code'], 'InvalidURI')
})

t.test('a key that is too long for S3 is refused, not sent to the API', async (t) => {
  const base = await website(t)
  const longest = `/img/${'a/'.repeat(510)}`
  t.equal((await ask(base, longest)).status, 307)
  for (const path of [`${longest}%C3%A9`, `/img/${'a/'.repeat(5000)}`]) {
    const { status, headers } = await ask(base, path)
    t.equal(status, 400)
    t.equal(headers['x-amz-error-code'], 'KeyTooLongError')
  }
})

t.test('faults are answered as the website words them', async (t) => {
  const faults = createFaults()
  const base = await website(t, { faults })
  faults.add({
    operation: 'WebsiteGet',
    times: 1,
    action: { kind: 'error', status: 503, code: 'SlowDown' },
  })
  const slow = await ask(base, '/img/x.png')
  t.equal(slow.status, 503)
  t.equal(slow.headers['x-amz-error-code'], 'SlowDown')
  t.equal((await ask(base, '/img/x.png')).status, 200)
})

t.test('a bucket that fails is an internal error, whose message only the log has', async (t) => {
  const log = createLog()
  const fail = async () => {
    throw new Error('secret path')
  }
  const bucket = { name: 'origin', head: fail, read: fail }
  const base = await website(t, { bucket, log })
  const { status, headers, body } = await ask(base, '/img/x.png')
  t.equal(status, 500)
  t.notMatch(body.toString(), 'secret path')
  const requestId = headers['x-amz-request-id']
  const details = { requestId, url: '/img/x.png', error: 'Error: secret path' }
  t.strictSame(log.lines, [{ details, message: 'a request of the website failed' }])
  const malformed = await ask(base, '/img/%ff.png')
  t.equal(malformed.status, 400, 'without the error document')
})
