import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { createApi } from '../../../../infra/local/api-gateway/api.ts'
import { ask, serve } from '../http.ts'

async function api(
  t: Test,
  service: RequestListener | URL,
  limits = { responseBytes: 1000, integrationSeconds: 29 },
) {
  const seen: IncomingMessage[] = []
  const base =
    service instanceof URL
      ? service
      : await serve(t, (request, response) => {
          seen.push(request)
          service(request, response)
        })
  const gateway = createApi({ stage: 'prod', keyParameter: 'key', service: base, limits })
  t.teardown(() => gateway.close())
  return { url: await serve(t, gateway.handler), seen }
}

const ok: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': 2, 'content-type': 'image/png', etag: '"1"' })
  response.end('ok')
}

const bodyOf = (answer: { body: Buffer }) => JSON.parse(answer.body.toString())

t.test('a request reaches the service with its query as it came', async (t) => {
  const { url, seen } = await api(t, ok)
  const query = 'key=img/150x200/a+b%2B%26&c%25d.png'
  const first = await ask(url, `/prod?${query}`, {
    headers: { 'if-none-match': '"1"', 'x-request-id': 'own' },
  })
  t.equal(first.status, 200)
  t.equal(first.body.toString(), 'ok')
  t.match(first.headers, { 'content-type': 'image/png', etag: '"1"', 'content-length': '2' })
  t.equal(seen[0]?.url, `/prod?${query}`)
  t.equal(seen[0]?.headers['if-none-match'], '"1"')
  t.match(seen[0]?.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  t.equal(seen[0]?.headers['x-request-id'], first.headers['x-amzn-requestid'])
  t.ok(first.headers['x-amz-apigw-id'])
  const second = await ask(url, `/prod/?${query}`, { method: 'HEAD' })
  t.equal(second.status, 200)
  t.equal(second.headers['content-length'], '2')
  t.equal(seen[1]?.method, 'HEAD')
  t.not(seen[1]?.headers['x-request-id'], seen[0]?.headers['x-request-id'])
})

t.test('the body of a GET is dropped, and the next request is not affected', async (t) => {
  const { url, seen } = await api(t, ok)
  const bodies: [title: string, headers: Record<string, string>][] = [
    ['of a declared length', { 'content-length': '5' }],
    ['announced', { 'content-length': '5', expect: '100-continue' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ]
  for (const [title, headers] of bodies) {
    const options = { method: 'GET', headers, body: 'hello' }
    t.equal((await ask(url, '/prod?key=a', options)).status, 200, title)
    t.equal((await ask(url, '/prod?key=b')).status, 200, 'the next one')
  }
  for (const { headers } of seen) {
    for (const name of ['content-length', 'expect', 'transfer-encoding']) t.notOk(headers[name])
  }
  t.equal(new Set(seen.map(({ socket }) => socket)).size, 1, 'the connection is kept')
})

t.test('a missing or blank key is refused', async (t) => {
  const { url, seen } = await api(t, ok)
  for (const target of [
    '/prod',
    '/prod?',
    '/prod?key',
    '/prod?key=',
    '/prod?Key=x',
    '/prod?a=key',
  ]) {
    const answer = await ask(url, target)
    t.equal(answer.status, 400, target)
    t.same(bodyOf(answer), {
      errorType: 'BadRequest',
      status: 400,
      requestId: answer.headers['x-amzn-requestid'],
      code: 'key_missing',
      message: 'The query must be key=<prefix><width>x<height>/<path>.',
    })
    t.match(answer.headers, {
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'x-amzn-errortype': 'BadRequestException',
    })
  }
  t.equal(seen.length, 0)
})

t.test('other paths and methods are unknown', async (t) => {
  const { url, seen } = await api(t, ok)
  const elsewhere = await ask(url, '/prod/x?key=a')
  t.equal(elsewhere.status, 404)
  t.equal(bodyOf(elsewhere).code, 'no_route')
  t.equal((await ask(url, '/prod?key=a', { method: 'POST' })).status, 404)
  t.equal(seen.length, 0)
})

t.test('other stages are forbidden', async (t) => {
  const { url, seen } = await api(t, ok)
  for (const target of ['/', '/?key=a', '/production?key=a', '/test?key=a']) {
    const answer = await ask(url, target)
    t.equal(answer.status, 403, target)
    t.same(bodyOf(answer), { message: 'Forbidden' })
    t.equal(answer.headers['x-amzn-errortype'], 'ForbiddenException')
  }
  t.equal(seen.length, 0)
})

t.test('the service speaks for itself, errors included', async (t) => {
  const { url } = await api(t, (_, response) => {
    response.writeHead(403, { 'content-type': 'application/json', 'content-length': 2 }).end('{}')
  })
  const answer = await ask(url, '/prod?key=a')
  t.equal(answer.status, 403)
  t.equal(answer.body.toString(), '{}')
})

t.test('an answer over the limit is an error, whether its length is declared or not', async (t) => {
  const body = (bytes: number) => 'x'.repeat(bytes)
  for (const declared of [true, false]) {
    let bytes = 1001
    const { url } = await api(t, (_, response) => {
      response.writeHead(200, declared ? { 'content-length': bytes } : {})
      response.end(body(bytes))
    })
    const over = await ask(url, '/prod?key=a')
    t.equal(over.status, 500)
    t.same(bodyOf(over), { message: 'Internal server error' })
    t.equal(over.headers['cache-control'], 'no-store')
    bytes = 1000
    const within = await ask(url, '/prod?key=a')
    t.equal(within.status, 200)
    t.equal(within.body.length, 1000)
  }
})

t.test('a service that is silent, away, or breaks off', async (t) => {
  const limits = { responseBytes: 1000, integrationSeconds: 0.05 }
  const silent = await api(t, () => undefined, limits)
  const late = await ask(silent.url, '/prod?key=a')
  t.equal(late.status, 504)
  t.equal(bodyOf(late).code, 'deadline')
  const away = await api(t, new URL('http://127.0.0.1:1'))
  const failed = await ask(away.url, '/prod?key=a')
  t.equal(failed.status, 503)
  t.equal(bodyOf(failed).code, 'overloaded')
  t.equal(failed.headers['retry-after'], '1')
  const broken = await api(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half')
    setImmediate(() => response.destroy())
  })
  await t.rejects(ask(broken.url, '/prod?key=a'))
})

t.test('when the viewer goes away, so does the request to the service', async (t) => {
  let closed: Promise<unknown> | undefined
  const { url, seen } = await api(t, (_, response) => {
    closed = once(response, 'close')
  })
  const leaving = new AbortController()
  const asked = ask(url, '/prod?key=a', { signal: leaving.signal })
  while (seen.length === 0) await new Promise(setImmediate)
  leaving.abort()
  await t.rejects(asked)
  await closed
  t.pass('the service saw its connection close')
})
