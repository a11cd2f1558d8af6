import { get, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createDistribution } from '../../../../infra/local/cloudfront/distribution.ts'
import { createFetcher } from '../../../../infra/local/cloudfront/fetcher.ts'
import { httpOrigin } from '../../../../infra/local/cloudfront/origin.ts'
import { createResponseCache } from '../../../../infra/local/cloudfront/response-cache.ts'
import { ask, serve } from '../http.ts'

const lifetimes = { min: 0, default: 0, max: 86_400, errorMin: 10 }

/** A distribution in front of `origin`, with a clock that the test sets. */
async function distribution(
  t: Test,
  origin: RequestListener | URL,
  { wholeUpTo = 1_000_000, timeoutMs = 60_000 } = {},
) {
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const seen: IncomingMessage[] = []
  const listener: RequestListener | URL =
    origin instanceof URL
      ? origin
      : (request, response) => {
          seen.push(request)
          origin(request, response)
        }
  const base = listener instanceof URL ? listener : await serve(t, listener)
  const source = httpOrigin(base, { wholeUpTo, timeoutMs })
  t.teardown(() => source.close())
  const now = () => clock.now
  const cache = createResponseCache(10_000_000)
  const fetcher = createFetcher({ origin: source, cache, lifetimes, now })
  const url = await serve(t, createDistribution({ fetcher, now }))
  return { url, clock, seen, fetcher, cache }
}

const picture = (response: ServerResponse, body = 'picture', headers = {}) => {
  const head = { 'cache-control': 'max-age=60', etag: '"1"', 'content-type': 'image/png' }
  response.writeHead(200, { ...head, ...headers }).end(body)
}

/** A promise and the function that fulfils it. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

t.test('miss, hit, and a refreshed hit when it has expired', async (t) => {
  const { url, clock, seen } = await distribution(t, (request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
    else picture(response)
  })
  const first = await ask(url, '/img/x.png')
  t.equal(first.headers['x-cache'], 'Miss from cloudfront')
  t.equal(first.headers.age, undefined)
  t.match(first.headers.via, /^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$/)
  t.ok(first.headers['x-amz-cf-id'])
  clock.now += 59_000
  const second = await ask(url, '/img/x.png')
  t.equal(second.headers['x-cache'], 'Hit from cloudfront')
  t.equal(second.headers.age, '59')
  t.equal(second.body.toString(), 'picture')
  t.equal(second.headers['content-type'], 'image/png')
  clock.now += 1_000
  const third = await ask(url, '/img/x.png')
  t.equal(third.headers['x-cache'], 'RefreshHit from cloudfront')
  t.equal(third.body.toString(), 'picture')
  t.equal((await ask(url, '/img/x.png')).headers['x-cache'], 'Hit from cloudfront')
  t.equal(seen.length, 2)
})

t.test('an expired response that changed is a miss', async (t) => {
  let body = 'old'
  const { url, clock } = await distribution(t, (_, response) => picture(response, body))
  await ask(url, '/x')
  body = 'new'
  clock.now += 60_000
  const changed = await ask(url, '/x')
  t.equal(changed.headers['x-cache'], 'Miss from cloudfront')
  t.equal(changed.body.toString(), 'new')
})

t.test('query, cookies and headers of the viewer do not reach the origin', async (t) => {
  const { url, seen } = await distribution(t, (_, response) => picture(response))
  await ask(url, '/a%2Bb?x=1', { headers: { cookie: 'a=b', 'x-own': '1' } })
  t.equal((await ask(url, '/a%2Bb?x=2')).headers['x-cache'], 'Hit from cloudfront')
  t.equal(seen[0]?.url, '/a%2Bb')
  t.notMatch(seen[0]?.headers, { cookie: String })
  t.notMatch(seen[0]?.headers, { 'x-own': String })
})

t.test('a redirect without Cache-Control is not kept', async (t) => {
  const { url, seen } = await distribution(t, (_, response) => {
    response.writeHead(307, { location: 'http://elsewhere/' }).end()
  })
  for (const _ of [1, 2]) {
    const { status, headers } = await ask(url, '/x')
    t.equal(status, 307)
    t.equal(headers.location, 'http://elsewhere/')
    t.equal(headers['x-cache'], 'Miss from cloudfront')
  }
  t.equal(seen.length, 2)
})

t.test('errors are kept for their own time', async (t) => {
  const { url, clock, seen } = await distribution(t, (_, response) => {
    response.writeHead(404).end('nothing')
  })
  for (const _ of [1, 2]) {
    const { status, headers } = await ask(url, '/x')
    t.equal(status, 404)
    t.equal(headers['x-cache'], 'Error from cloudfront')
  }
  t.equal(seen.length, 1)
  clock.now += 10_000
  await ask(url, '/x')
  t.equal(seen.length, 2)
})

t.test('an expired response outlives failures of the origin', async (t) => {
  let fails = false
  const { url, clock, seen } = await distribution(t, (_, response) => {
    if (fails) response.writeHead(503).end()
    else picture(response)
  })
  await ask(url, '/x')
  clock.now += 60_000
  fails = true
  t.equal((await ask(url, '/x')).body.toString(), 'picture')
  t.equal((await ask(url, '/x')).status, 200)
  t.equal(seen.length, 2)
  fails = false
  clock.now += 10_000
  t.equal((await ask(url, '/x')).headers['x-cache'], 'Miss from cloudfront')
})

t.test('HEAD and GET share what is kept', async (t) => {
  const { url, seen } = await distribution(t, (_, response) => picture(response))
  const head = await ask(url, '/x', { method: 'HEAD' })
  t.equal(head.headers['content-length'], '7')
  t.equal(head.body.length, 0)
  t.equal((await ask(url, '/x')).headers['x-cache'], 'Hit from cloudfront')
  t.equal(seen.length, 1)
})

t.test('conditions and ranges are answered from what is kept', async (t) => {
  const { url, seen } = await distribution(t, (_, response) => picture(response))
  const with_ = (headers: Record<string, string>) => ask(url, '/x', { headers })
  const unchanged = await with_({ 'if-none-match': '"1"' })
  t.equal(unchanged.status, 304)
  t.equal(unchanged.headers['content-length'], undefined)
  const part = await with_({ range: 'bytes=-4' })
  t.equal(part.status, 206)
  t.equal(part.headers['content-range'], 'bytes 3-6/7')
  t.equal(part.body.toString(), 'ture')
  t.equal((await with_({ range: 'bytes=7-' })).status, 416)
  t.equal((await with_({ range: 'bytes=0-1, 3-4' })).status, 200)
  t.equal((await with_({ range: 'bytes=0-1', 'if-range': '"2"' })).status, 200)
  t.equal(seen.length, 1)
})

t.test('methods that cannot be cached are refused', async (t) => {
  const { url, seen } = await distribution(t, (_, response) => picture(response))
  const { status, headers } = await ask(url, '/x', { method: 'POST' })
  t.equal(status, 403)
  t.equal(headers['x-cache'], 'Error from cloudfront')
  t.equal(seen.length, 0)
})

t.test('viewers who miss at once cause one request', async (t) => {
  const { open, opened } = gate()
  const { url, seen } = await distribution(t, async (_, response) => {
    await opened
    picture(response)
  })
  const answers = Promise.all(Array.from({ length: 20 }, () => ask(url, '/x')))
  while (seen.length === 0) await new Promise(setImmediate)
  open()
  t.ok((await answers).every(({ body }) => body.toString() === 'picture'))
  t.equal(seen.length, 1)
})

for (const item of ['/x', '/*', '#tag']) {
  t.test(`what was under way before the invalidation of ${item} is not kept`, async (t) => {
    const { open, opened } = gate()
    let body = 'old'
    const { url, seen, fetcher, cache } = await distribution(t, async (_, response) => {
      const current = body
      if (current === 'old') await opened
      picture(response, current, { 'x-amz-meta-cache-tag': 'tag' })
    })
    const early = ask(url, '/x')
    while (seen.length === 0) await new Promise(setImmediate)
    body = 'new'
    fetcher.invalidate([item])
    t.equal((await ask(url, '/x')).body.toString(), 'new', 'who comes later does not wait for it')
    open()
    t.equal((await early).body.toString(), 'old')
    t.equal(cache.get('/x')?.body.toString(), 'new')
  })
}

t.test('an invalidation drops exactly what it names', async (t) => {
  const { url, fetcher } = await distribution(t, (request, response) => {
    picture(response, 'x', { 'x-amz-meta-cache-tag': request.url === '/a' ? 'One' : 'two' })
  })
  const result = async (path: string) => (await ask(url, path)).headers['x-cache']
  for (const path of ['/a', '/b', '/c%20d']) await result(path)
  t.equal(fetcher.invalidate(['/b']), 1)
  t.equal(await result('/a'), 'Hit from cloudfront')
  t.equal(await result('/b'), 'Miss from cloudfront')
  t.equal(fetcher.invalidate(['#oNE']), 1)
  t.equal(await result('/a'), 'Miss from cloudfront')
  t.equal(fetcher.invalidate(['/c%20%64']), 0)
  t.equal(fetcher.invalidate(['/c%20d']), 1)
  t.equal(fetcher.invalidate(['/*']), 2)
})

t.test('what is too large to keep is streamed to everyone', async (t) => {
  const large = Buffer.alloc(300_000, 'x')
  const { url, seen } = await distribution(
    t,
    (_, response) => picture(response, large.toString()),
    { wholeUpTo: 100_000 },
  )
  const answers = await Promise.all([ask(url, '/x'), ask(url, '/x')])
  for (const { status, headers, body } of answers) {
    t.equal(status, 200)
    t.equal(headers['x-cache'], 'Miss from cloudfront')
    t.ok(body.equals(large))
  }
  t.equal(seen.length, 2)
  const head = await ask(url, '/x', { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(head.body.length, 0)
})

t.test('an origin that cannot be reached, breaks off, or is silent', async (t) => {
  const refused = await distribution(t, new URL('http://127.0.0.1:1'))
  const { status, headers } = await ask(refused.url, '/x')
  t.equal(status, 502)
  t.equal(headers['x-cache'], 'Error from cloudfront')
  const broken = await distribution(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100, 'cache-control': 'max-age=60' })
    response.write('half')
    setImmediate(() => response.destroy())
  })
  t.equal((await ask(broken.url, '/x')).status, 502)
  t.equal((await ask(broken.url, '/x')).status, 502, 'half an answer is not kept')
  const silent = await distribution(t, () => undefined, { timeoutMs: 50 })
  t.equal((await ask(silent.url, '/x')).status, 504)
})

t.test('a viewer may pause for longer than the origin may be silent', async (t) => {
  const large = Buffer.alloc(40_000_000, 'x')
  const send: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': large.length }).end(large)
  }
  const { url } = await distribution(t, send, { wholeUpTo: 1_000, timeoutMs: 200 })
  const answer = await new Promise<IncomingMessage>((resolve) => get(url, resolve))
  await sleep(1_000)
  let bytes = 0
  for await (const chunk of answer) bytes += chunk.length
  t.equal(bytes, large.length)
})
