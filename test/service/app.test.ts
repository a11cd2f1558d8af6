import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import sharp from 'sharp'
import t from 'tap'
import { CdnError } from '../../service/cdn.ts'
import { StoreError } from '../../service/store.ts'
import { picture } from '../helper.ts'
import { until } from '../until.ts'
import { behind, gate, noise, serve } from './serve.ts'

t.test('GET answers the resized image with all its headers', async (t) => {
  const { memory, get } = await serve(t)
  memory.upload('img/x.jpg', await picture(400, 300).jpeg().toBuffer())
  const { status, headers, body } = await get('img/150x200/x.jpg')
  t.equal(status, 200)
  t.match(headers, {
    'content-type': 'image/jpeg',
    'content-length': String(body.length),
    etag: /^"[\w-]{27}"$/,
    'cache-control': 'public, max-age=604800',
    'x-content-type-options': 'nosniff',
    'server-timing':
      /^queue;dur=[\d.]+, read;dur=[\d.]+, header;dur=[\d.]+, resize;dur=[\d.]+, batch;dur=[\d.]+, total;dur=[\d.]+$/,
  })
  t.match(await sharp(body).metadata(), { format: 'jpeg', width: 150, height: 113 })
})

t.test('HEAD answers what GET does, without the bytes', async (t) => {
  const { memory, get, agent } = await serve(t, { env: { CACHE_CONTROL: 'max-age=5' } })
  memory.upload('img/x.png', await picture(400, 300).png().toBuffer())
  const head = await agent.head('/prod?key=img/150x200/x.png')
  const whole = await get('img/150x200/x.png')
  t.equal(head.status, 200)
  for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
    t.equal(head.headers[name], whole.headers[name], name)
    t.type(head.headers[name], 'string')
  }
  t.notOk(head.body.length)
  t.equal(whole.headers['cache-control'], 'max-age=5')
})

t.test('the variant is stored and invalidated behind the answer', async (t) => {
  const { memory, cdn, get, stop } = await serve(t)
  memory.upload('img/a b+ü.png', await picture(400, 300).png().toBuffer())
  const { body, headers } = await get('img/150x200/a b+ü.png')
  await stop()
  const stored = memory.objects.get('img/150x200/a b+ü.png')
  t.same(stored?.body, body)
  t.equal(stored?.contentType, headers['content-type'])
  t.equal(stored?.cacheControl, headers['cache-control'])
  t.same(cdn.invalidated, [['/img/150x200/a%20b+%C3%BC.png', '/img/150x200/a%20b%2B%C3%BC.png']])
})

t.test('If-None-Match is answered 304 before anything is read', async (t) => {
  const { memory, get } = await serve(t)
  memory.upload('img/x.png', await picture(400, 300).png().toBuffer())
  const { etag } = (await get('img/150x200/x.png')).headers
  memory.calls.length = 0
  for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { status, headers, text } = await get('img/150x200/x.png', {
      'if-none-match': ifNoneMatch as string,
    })
    t.equal(status, 304, `${ifNoneMatch}`)
    t.equal(text, '')
    t.match(headers, { etag, 'cache-control': 'public, max-age=604800' })
  }
  t.same(new Set(memory.calls), new Set(['head img/x.png']))

  const other = await get('img/100x100/x.png', { 'if-none-match': etag as string })
  t.equal(other.status, 200, 'the entity tag of another variant does not match')
  memory.upload('img/x.png', await picture(500, 300).png().toBuffer())
  const changed = await get('img/150x100/x.png', { 'if-none-match': etag as string })
  t.equal(changed.status, 200, 'nor that of a former original')
})

t.test('a key encoded twice may be as long as any', async (t) => {
  const { agent, memory } = await serve(t)
  const name = `${'長'.repeat(330)}.png`
  memory.upload(`img/${name}`, await picture(40, 30).png().toBuffer())
  const twice = encodeURIComponent(encodeURIComponent(name))
  t.equal((await agent.get(`/prod?key=img/150x200/${twice}`)).status, 200)
  const none = await agent.get(`/prod?key=img/150x200/${encodeURIComponent(twice)}`)
  t.match(none, { status: 400, body: { code: 'key_malformed', message: /longer than 1024/ } })
})

t.test('a viewer who leaves during the look for a 304 is no failure of the service', async (t) => {
  let asked = false
  const { url, logged } = await serve(t, {
    over: () => ({
      head: (_key, { signal } = {}) =>
        new Promise((_, reject) => {
          asked = true
          signal?.addEventListener('abort', () => reject(new StoreError('aborted', 'ended')))
        }),
    }),
  })
  const headers = { 'if-none-match': '"a"' }
  const leaving = request(`${url}/prod?key=img/150x200/x.png`, { agent: false, headers })
  leaving.on('error', () => {}).end()
  await until(() => asked)
  leaving.destroy()
  await until(() => logged('refused').length === 1)
  t.match(logged('refused'), [{ level: 30, status: 499, code: 'client_closed_request' }])
})

t.test('the store failing while it looks for a 304 is told as what it is', async (t) => {
  const head = () => Promise.reject(new StoreError('denied', 'x'))
  const { get } = await serve(t, { over: () => ({ head }) })
  const { status, body } = await get('img/150x200/x.png', { 'if-none-match': '"a"' })
  t.match({ status, body }, { status: 502, body: { code: 'store_denied' } })
})

t.test('what needs no pixels is answered while all places are taken', async (t) => {
  const shut = gate()
  const get = () => shut.wait().then(() => Promise.reject(new StoreError('missing', 'x')))
  const service = await serve(t, {
    env: { CONCURRENCY: '1', QUEUE_LIMIT: '0' },
    over: () => ({ get }),
  })
  service.memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const held = [1, 2, 3, 4].map((i) => service.get(`img/150x200/${i}.png`).then(() => i))
  await until(() => shut.waiting === 4)
  const refused = await service.get('img/150x200/x.png')
  t.match(refused, { status: 503, headers: { 'retry-after': '1' }, body: { code: 'overloaded' } })
  t.equal((await service.get('img/x.png')).status, 400)
  t.equal((await service.get('img/777x777/x.png')).status, 403)
  const unchanged = await service.get('img/150x200/x.png', { 'if-none-match': '*' })
  t.equal(unchanged.status, 304)
  t.equal((await service.agent.get('/healthz')).status, 200)
  t.equal((await service.agent.get('/readyz')).status, 200)
  shut.open()
  await Promise.all(held)
  t.equal((await service.get('img/150x200/none.png')).status, 404, 'places are free again')
})

t.test(
  'those who ask what has changed leave the store to others, and wait in bounds',
  async (t) => {
    const shut = gate()
    const service = await serve(t, {
      env: { CONCURRENCY: '1', QUEUE_LIMIT: '1' },
      over: ({ head }) => ({ head: (key) => shut.wait().then(() => head(key)) }),
    })
    for (const key of ['img/x.png', 'img/y.png']) {
      service.memory.upload(key, await picture(40, 30).png().toBuffer())
    }
    const ask = () => service.get('img/150x200/x.png', { 'if-none-match': '*' })
    const asked = Array.from({ length: 4 + 16 }, () => ask().then(({ status }) => status))
    await until(async () => (await service.gauge('queue_length')) === 16)
    t.equal(shut.waiting, 4)
    t.match(await ask(), { status: 503, headers: { 'retry-after': '1' } })
    t.equal((await service.get('img/150x200/y.png')).status, 200)
    shut.open()
    t.same(new Set(await Promise.all(asked)), new Set([304]))
    t.equal((await ask()).status, 304, 'places are free again')
  },
)

t.test('the deadline holds in the queue, too', async (t) => {
  const shut = gate()
  const get = () => shut.wait().then(() => Promise.reject(new StoreError('missing', 'x')))
  const service = await serve(t, {
    env: { CONCURRENCY: '1', QUEUE_LIMIT: '1', DEADLINE_MS: '1000' },
    over: () => ({ get }),
  })
  const held = [1, 2, 3, 4].map((i) => service.get(`img/150x200/${i}.png`).then(() => i))
  await until(() => shut.waiting === 4)
  const queued = service.get('img/150x200/5.png').then((answer) => answer)
  await until(async () => (await service.gauge('queue_length')) === 1)
  t.equal((await service.get('img/150x200/6.png')).body.code, 'overloaded')
  t.match(await queued, { status: 504, body: { code: 'deadline' } })
  t.equal(await service.gauge('queue_length'), 0)
  t.equal(shut.waiting, 4, 'it never came to be read')
  shut.open()
  await Promise.all(held)
})

t.test('a result too large for the API is redirected to, once it is stored', async (t) => {
  const shut = gate()
  const { memory, get, stop } = await serve(t, {
    env: { MAX_OUTPUT_BYTES: '1024', CDN_URL: 'https://cdn.example/' },
    over: (memory) => ({ put: behind(shut, memory.put) }),
  })
  memory.upload('img/a+b c.png', await noise(300, 200).png().toBuffer())
  let answered = false
  const pending = get('img/150x200/a+b c.png').then((answer) => {
    answered = true
    return answer
  })
  await until(() => shut.waiting === 1)
  t.notOk(answered)
  t.notOk(memory.objects.has('img/150x200/a+b c.png'))
  shut.open()
  const { status, headers } = await pending
  t.equal(status, 307)
  t.equal(headers.location, 'https://cdn.example/img/150x200/a%2Bb%20c.png')
  t.equal(headers['cache-control'], 'no-store')
  t.ok(memory.objects.has('img/150x200/a+b c.png'))
  await stop()
})

t.test('the deadline holds while a result too large for the API is stored', async (t) => {
  const shut = gate()
  const { memory, get } = await serve(t, {
    env: { MAX_OUTPUT_BYTES: '1024', CDN_URL: 'https://cdn.example', DEADLINE_MS: '300' },
    over: (memory) => ({ put: behind(shut, memory.put) }),
  })
  memory.upload('img/x.png', await noise(300, 200).png().toBuffer())
  const { status, body } = await get('img/150x200/x.png')
  shut.open()
  t.match({ status, body }, { status: 504, body: { code: 'deadline' } })
})

t.test('the request id of API Gateway is in the answer and in the log', async (t) => {
  const { get, memory, logged, stop } = await serve(t)
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const refused = await get('img/777x777/x.png', { 'x-request-id': 'apigw-1' })
  t.equal(refused.body.requestId, 'apigw-1')
  await get('img/150x200/x.png', { 'x-request-id': 'apigw-2' })
  await stop()
  t.match(logged('refused'), [
    {
      reqId: 'apigw-1',
      method: 'GET',
      status: 403,
      code: 'unsupported_dimensions',
      url: '/prod?key=img%2F777x777%2Fx.png',
      ms: Number,
    },
  ])
  t.match(logged('answered'), [
    {
      reqId: 'apigw-2',
      method: 'GET',
      status: 200,
      key: 'img/150x200/x.png',
      source: 'made',
      stages: { queue: Number, read: Number, header: Number, resize: Number, batch: Number },
      bytesIn: Number,
      bytesOut: Number,
      ms: Number,
    },
  ])
  t.match(logged('landed'), [
    { key: 'img/150x200/x.png', writeBack: 'written', invalidation: 'sent', ms: Number },
  ])
})

t.test('a request id that is not fit for a log is replaced', async (t) => {
  const { get } = await serve(t)
  for (const id of ['a b', 'x'.repeat(129), 'é']) {
    const { body } = await get('img/777x777/x.png', { 'x-request-id': id })
    t.match(body.requestId, /^[0-9a-f-]{36}$/)
  }
})

t.test('every request has one line, and every variant made one more', async (t) => {
  const { get, memory, lines, stop } = await serve(t)
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  for (const key of ['img/150x200/x.png', 'img/150x200/x.png', 'img/150x200/none.png', 'x']) {
    await get(key)
  }
  await stop()
  t.same(lines.map(({ msg }) => msg).sort(), [
    'answered',
    'answered',
    'landed',
    'refused',
    'refused',
  ])
})

t.test('a failed write-back or invalidation fails no answer, but is logged', async (t) => {
  const { get, memory, logged, stop } = await serve(t, {
    over: () => ({ put: () => Promise.reject(new StoreError('denied', 'no right')) }),
  })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  t.equal((await get('img/150x200/x.png')).status, 200)
  await stop()
  t.match(logged('write-back failed'), [{ level: 50, err: { message: 'no right' } }])
  t.match(logged('landed'), [{ writeBack: 'failed' }])
})

t.test(
  'the log says that the cache cannot be reached, and how an invalidation ended',
  async (t) => {
    const failures = [
      new CdnError('no answer', { retryable: true }),
      new CdnError('no right', { retryable: false }),
    ]
    const cdn = { createInvalidation: () => Promise.reject(failures.shift()) }
    const { get, memory, logged, stop } = await serve(t, { cdn })
    memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
    t.equal((await get('img/150x200/x.png')).status, 200)
    await stop()
    const items = ['/img/150x200/x.png']
    t.match(logged('invalidation delayed'), [{ level: 40, items, err: { message: 'no answer' } }])
    t.match(logged('invalidation failed'), [{ level: 50, items, err: { message: 'no right' } }])
    t.match(logged('landed'), [{ writeBack: 'written', invalidation: 'failed' }])
  },
)

t.test('stopping: not ready, and what was begun is finished', async (t) => {
  const shut = gate()
  const { get, agent, memory, cdn, stop } = await serve(t, {
    over: (memory) => ({ put: behind(shut, memory.put) }),
  })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  t.equal((await agent.get('/readyz')).status, 200)
  t.equal((await get('img/150x200/x.png')).status, 200)
  const stopped = stop()
  t.equal((await agent.get('/readyz')).status, 503)
  t.equal((await agent.get('/healthz')).status, 200)
  t.match(await get('img/150x100/x.png'), { status: 503, body: { code: 'stopping' } })
  shut.open()
  await stopped
  t.ok(memory.objects.has('img/150x200/x.png'))
  t.same(cdn.invalidated, [['/img/150x200/x.png']])
})

t.test('leaving: serves on for a while, and ends each connection behind its answer', async (t) => {
  const { url, memory, agent, stop } = await serve(t, { env: { SHUTDOWN_DELAY_MS: '1000' } })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const start = performance.now()
  const stopped = stop()
  t.equal((await agent.get('/readyz')).status, 503)
  const answer = await fetch(`${url}/prod?key=img/150x200/x.png`)
  t.match(answer, { status: 200 })
  t.equal(answer.headers.get('connection'), 'close')
  t.ok((await answer.arrayBuffer()).byteLength > 0)
  await stopped
  t.ok(performance.now() - start >= 999)
  t.ok(memory.objects.has('img/150x200/x.png'))
  await t.rejects(fetch(`${url}/healthz`), 'nobody listens any more')
})

t.test('stopping waits for a resize that began meanwhile, and whose viewer has gone', async (t) => {
  const shut = gate()
  const { url, gauge, memory, logged, stop } = await serve(t, {
    env: { ALLOWED_DIMENSIONS: '*' },
    over: (memory) => ({ get: behind(shut, memory.get) }),
  })
  memory.upload('img/x.png', await noise(2500, 2500).png({ compressionLevel: 0 }).toBuffer())
  const viewer = request(`${url}/prod?key=img/2500x2500/x.png`).on('error', () => {})
  viewer.end()
  await until(() => shut.waiting === 1)
  const stopped = stop()
  shut.open()
  await until(async () => {
    if (logged('landed').length > 0) throw new Error('it was over before it was seen')
    return (await gauge('decoding')) === 1
  })
  viewer.destroy()
  await stopped
  t.match(logged('landed'), [{ writeBack: 'written' }])
  t.ok(memory.objects.has('img/2500x2500/x.png'))
})

t.test(
  'stopping: every answer ends its connection, so that the next request goes elsewhere',
  async (t) => {
    const shut = gate()
    const { url, memory, stop } = await serve(t, {
      over: (memory) => ({ get: behind(shut, memory.get) }),
    })
    memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
    const ask = async (path: string) => {
      const answer = await fetch(`${url}${path}`)
      await answer.arrayBuffer()
      return [answer.status, answer.headers.get('connection')]
    }
    t.same(await ask('/healthz'), [200, 'keep-alive'])
    const begun = ask('/prod?key=img/150x200/x.png')
    await until(() => shut.waiting > 0)
    const stopped = stop()
    t.same(await ask('/prod?key=img/150x100/x.png'), [503, 'close'])
    shut.open()
    t.same(await begun, [200, 'close'])
    await stopped
  },
)

t.test('stopping does not wait for a connection that never asks', async (t) => {
  const { port, stop } = await serve(t, { env: { DEADLINE_MS: '600000' } })
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const closed = new Promise((resolve) => silent.once('close', resolve))
  // Reset, where the server has not yet taken it up.
  silent.once('error', () => {})
  await stop()
  await closed
})

t.test(
  'stopping waits for no request of a connection that is gone, the second included',
  async (t) => {
    const shut = gate()
    const { port, memory, logged, stop } = await serve(t, {
      env: { DEADLINE_MS: '600000' },
      over: (memory) => ({ get: behind(shut, memory.get) }),
    })
    for (const name of ['a', 'b'])
      memory.upload(`img/${name}.png`, await picture(4, 3).png().toBuffer())
    const viewer = connect(port, '127.0.0.1')
    // At once, without waiting for the first answer (RFC 9112, 9.3.2).
    for (const name of ['a', 'b']) {
      viewer.write(`GET /prod?key=img/150x200/${name}.png HTTP/1.1\r\nHost: x\r\n\r\n`)
    }
    await until(() => shut.waiting === 2)
    viewer.destroy()
    await until(() => logged('refused').length === 2)
    await stop()
    t.match(logged('refused'), [{ status: 499 }, { status: 499 }])
  },
)

t.test(
  'requests with a body, unknown methods and odd headers are answered in our form',
  async (t) => {
    const { agent, memory, get, url: service } = await serve(t)
    memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
    const json = { 'content-type': 'application/json' }
    for (const method of ['post', 'put', 'patch', 'delete', 'options', 'propfind'] as const) {
      const answer = await agent[method]('/prod?key=img/150x200/x.png').set(json).send('{{{')
      t.match(answer, { status: 405, headers: { allow: 'GET, HEAD' } }, method)
      t.equal(answer.body.code, 'method_not_allowed')
    }
    for (const type of ['json', ';;;']) {
      const post = (path: string) => agent.post(path).set('content-type', type).send('{{{')
      t.match(await post('/prod'), { status: 405, body: { code: 'method_not_allowed' } }, type)
      t.match(await post('/'), { status: 404, body: { code: 'no_route' } }, type)
    }
    t.equal((await fetch(`${service}/prod`, { method: 'QUERY' })).status, 405)
    for (const url of [
      '/',
      '/prod/',
      '/prod%zz?key=x',
      '/prod;x?key=img/150x200/x.png',
      '/prod%00',
    ]) {
      t.match(await agent.get(url), { status: 404, body: { code: 'no_route' } }, url)
    }
    const large = await agent
      .post('/prod')
      .set(json)
      .send(Buffer.alloc(2 * 1024 * 1024, 32))
    t.equal(large.status, 405)
    const odd = await get('img/150x200/x.png', {
      'accept-version': '9.9.9',
      range: 'bytes=5-1',
      'if-none-match': '"""',
      'content-type': ';;;',
      cookie: '\u00ff\u00fe',
    })
    t.equal(odd.status, 200)
  },
)

t.test('whatever comes over the wire, the next request is answered', async (t) => {
  const { port, agent } = await serve(t)
  const send = async (bytes: Buffer) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end(bytes)
    return text(socket).catch(() => '')
  }
  const token = fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    ' ',
    '/prod?key=',
    'img/150x200/x.png',
    '%',
    '%zz',
    '%ff',
    '\0',
    '\r\n',
    '\r\n\r\n',
    'HTTP/1.1',
    'Host: a',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'If-None-Match: *',
    'Expect: 100-continue',
  )
  const chunk = fc.oneof(token, fc.string({ unit: 'binary', maxLength: 20 }))
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (chunks) => {
      const answer = await send(Buffer.from(chunks.join('')))
      if (/^HTTP\/1.1 5/.test(answer)) throw new Error(answer)
    }),
    { numRuns: 300 },
  )
  t.equal((await agent.get('/healthz')).status, 200)
})

t.test('every query is answered with a status of the table', async (t) => {
  const { agent, memory } = await serve(t)
  memory.upload('img/x.png', await picture(4, 3).png().toBuffer())
  const target = fc.oneof(
    fc.webQueryParameters(),
    fc.webQueryParameters().map((query) => `key=${query}`),
    fc.webPath().map((path) => `key=img/150x200${path}.png`),
    fc.string({ unit: 'grapheme' }).map((name) => `key=img/150x200/${encodeURIComponent(name)}`),
  )
  await fc.assert(
    fc.asyncProperty(target, async (query) => {
      const { status } = await agent.get(`/prod?${query}`)
      if (![200, 400, 403, 404].includes(status)) throw new Error(`${status} for ${query}`)
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('a path that looks like a pattern of routes is not found', async (t) => {
  const { agent } = await serve(t)
  for (const path of ['/:x(', '/*a', '/a(', '/::', '/:prod', '//']) {
    const { status, body } = await agent.get(path)
    t.match({ status, body }, { status: 404, body: { code: 'no_route' } }, path)
  }
})

t.test(
  'an animation that would grow beyond the limit is refused before it is decoded',
  async (t) => {
    const { memory, get } = await serve(t, {
      env: { ALLOWED_IMAGE_TYPES: '.gif', MAX_PIXELS: '3000' },
    })
    const frames = await Promise.all(
      ['#f00', '#0f0', '#00f'].map((colour) => picture(30, 30, colour).png().toBuffer()),
    )
    memory.upload(
      'img/x.gif',
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    )
    const { status, body } = await get('img/150x200/x.gif')
    t.match({ status, body }, { status: 422, body: { code: 'too_many_pixels' } })
    t.match(body.message, /resized image would have 67500 pixels; at most 3000/)
  },
)
