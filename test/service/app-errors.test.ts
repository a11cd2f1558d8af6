import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { ErrorCode } from '../../service/errors.ts'
import { StoreError, type StoreFailure } from '../../service/store.ts'
import { picture } from '../helper.ts'
import { until } from '../until.ts'
import { gate, noise, serve } from './serve.ts'

interface Answer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

interface Row {
  status: number
  errorType: string
  /** Makes the service give the error. */
  provoke: (t: Test) => Promise<Answer>
}

const internal = 'arn:aws:internal-message-that-no-viewer-may-see'

const ask = (path: string, env = {}) => ({
  provoke: async (t: Test): Promise<Answer> => (await serve(t, { env })).agent.get(path),
})

const original = (name: string, make: () => Promise<Buffer> | Buffer, env = {}) => ({
  provoke: async (t: Test): Promise<Answer> => {
    const { memory, get } = await serve(t, { env })
    memory.upload(`img/${name}`, await make())
    return get(`img/150x200/${name}`)
  },
})

const failingStore = (failure: StoreFailure) => ({
  provoke: async (t: Test): Promise<Answer> => {
    const get = () => Promise.reject(new StoreError(failure, internal))
    const service = await serve(t, { over: () => ({ get }) })
    return service.get('img/150x200/x.png')
  },
})

/** Sends bytes that need not be HTTP and reads what comes. */
async function exchange(port: number, request: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const [name = '', value = ''] = line.split(': ')
    return [name.toLowerCase(), value]
  })
  const status = Number(statusLine.split(' ')[1])
  return { status, headers: Object.fromEntries(headers), body: JSON.parse(body) }
}

const png = () => picture(40, 30).png().toBuffer()
const rows: Record<Exclude<ErrorCode, 'client_closed_request'>, Row> = {
  http_malformed: {
    status: 400,
    errorType: 'BadRequest',
    provoke: async (t) => exchange((await serve(t)).port, 'NONSENSE\r\n\r\n'),
  },
  key_missing: { status: 400, errorType: 'BadRequest', ...ask('/prod') },
  key_malformed: { status: 400, errorType: 'BadRequest', ...ask('/prod?key=img/x.png') },
  key_not_canonical: {
    status: 400,
    errorType: 'BadRequest',
    ...ask('/prod?key=img/0150x200/x.png'),
  },
  unsupported_dimensions: {
    status: 403,
    errorType: 'Forbidden',
    ...ask('/prod?key=img/777x777/x.png'),
  },
  unsupported_type: { status: 403, errorType: 'Forbidden', ...ask('/prod?key=img/150x200/x.svg') },
  no_original: { status: 404, errorType: 'NotFound', ...ask('/prod?key=img/150x200/none.png') },
  no_route: { status: 404, errorType: 'NotFound', ...ask('/nothing') },
  method_not_allowed: {
    status: 405,
    errorType: 'MethodNotAllowed',
    provoke: async (t) => (await serve(t)).agent.post('/prod?key=img/150x200/x.png'),
  },
  request_timeout: {
    status: 408,
    errorType: 'RequestTimeout',
    provoke: async (t) => {
      const { port } = await serve(t, { env: { DEADLINE_MS: '100' } })
      return exchange(port, 'GET /prod HTTP/1.1\r\n')
    },
  },
  original_too_large: {
    status: 413,
    errorType: 'PayloadTooLarge',
    ...original('x.png', () => noise(200, 200).png().toBuffer(), { MAX_ORIGINAL_BYTES: '1024' }),
  },
  result_too_large: {
    status: 413,
    errorType: 'PayloadTooLarge',
    ...original('x.png', () => noise(200, 200).png().toBuffer(), { MAX_OUTPUT_BYTES: '1024' }),
  },
  type_mismatch: {
    status: 415,
    errorType: 'UnsupportedMediaType',
    ...original('x.png', () => picture(40, 30).jpeg().toBuffer()),
  },
  undecodable: {
    status: 422,
    errorType: 'UnprocessableEntity',
    ...original('x.png', async () => (await noise(200, 200).png().toBuffer()).subarray(0, 20_000)),
  },
  too_many_pixels: {
    status: 422,
    errorType: 'UnprocessableEntity',
    ...original('x.png', png, { MAX_PIXELS: '1199' }),
  },
  too_many_frames: {
    status: 422,
    errorType: 'UnprocessableEntity',
    ...original(
      'x.gif',
      () =>
        sharp(Buffer.from(Array.from({ length: 3 * 16 * 16 * 3 }, (_, i) => (i * i) >> 7)), {
          raw: { width: 16, height: 48, channels: 3, pageHeight: 16 },
        })
          .gif()
          .toBuffer(),
      { MAX_FRAMES: '2', ALLOWED_IMAGE_TYPES: '.gif' },
    ),
  },
  too_much_memory: {
    status: 422,
    errorType: 'UnprocessableEntity',
    ...original('x.jpg', () => picture(2500, 2500).jpeg({ progressive: true }).toBuffer(), {
      MEMORY_BUDGET: String(16 * 1024 * 1024),
    }),
  },
  headers_too_large: {
    status: 431,
    errorType: 'RequestHeaderFieldsTooLarge',
    ...ask(`/prod?key=img/150x200/${'x'.repeat(20_000)}.png`),
  },
  internal: {
    status: 500,
    errorType: 'InternalServerError',
    provoke: async (t) => {
      const get = () => Promise.reject(new TypeError(internal))
      return (await serve(t, { over: () => ({ get }) })).get('img/150x200/x.png')
    },
  },
  store_failed: { status: 502, errorType: 'BadGateway', ...failingStore('failed') },
  store_denied: { status: 502, errorType: 'BadGateway', ...failingStore('denied') },
  overloaded: {
    status: 503,
    errorType: 'ServiceUnavailable',
    provoke: async (t) => {
      const shut = gate()
      const get = () => shut.wait().then(() => Promise.reject(new StoreError('missing', 'x')))
      const env = { CONCURRENCY: '1', QUEUE_LIMIT: '0' }
      const service = await serve(t, { env, over: () => ({ get }) })
      const held = [1, 2, 3, 4].map((i) => service.get(`img/150x200/${i}.png`).then(() => i))
      await until(() => shut.waiting === 4)
      const answer = await service.get('img/150x200/5.png')
      shut.open()
      await Promise.all(held)
      return answer
    },
  },
  not_stored: {
    status: 503,
    errorType: 'ServiceUnavailable',
    provoke: async (t) => {
      const env = { MAX_OUTPUT_BYTES: '1024', CDN_URL: 'https://cdn.example' }
      const put = () => Promise.reject(new StoreError('denied', internal))
      const { memory, get } = await serve(t, { env, over: () => ({ put }) })
      memory.upload('img/x.png', await noise(200, 200).png().toBuffer())
      return get('img/150x200/x.png')
    },
  },
  store_throttled: { status: 503, errorType: 'ServiceUnavailable', ...failingStore('throttled') },
  stopping: {
    status: 503,
    errorType: 'ServiceUnavailable',
    provoke: async (t) => {
      const shut = gate()
      const get = () => shut.wait().then(() => Promise.reject(new StoreError('missing', 'x')))
      const service = await serve(t, { over: () => ({ get }) })
      const held = service.get('img/150x200/held.png').then(({ status }) => status)
      await until(() => shut.waiting === 1)
      const stopped = service.stop()
      const answer = await service.get('img/150x200/x.png')
      shut.open()
      t.equal(await held, 404, 'who came before is answered')
      await stopped
      return answer
    },
  },
  store_timeout: { status: 504, errorType: 'GatewayTimeout', ...failingStore('timeout') },
  deadline: {
    status: 504,
    errorType: 'GatewayTimeout',
    provoke: async (t) => {
      const get = () => new Promise<never>(() => {})
      const service = await serve(t, { env: { DEADLINE_MS: '100' }, over: () => ({ get }) })
      return service.get('img/150x200/x.png')
    },
  },
}

for (const [code, row] of Object.entries(rows)) {
  t.test(`${row.status} ${code}`, async (t) => {
    const { status, headers, body } = await row.provoke(t)
    t.equal(status, row.status)
    t.equal(headers['cache-control'], 'no-store')
    if (!t.equal(headers['content-type'], 'application/json; charset=utf-8')) return
    t.equal(headers['retry-after'], status === 503 ? '1' : undefined)
    const shape = ['errorType', 'status', 'requestId', 'code', 'message']
    t.same(
      Object.keys(body).filter((name) => name !== 'allowed'),
      shape,
    )
    t.match(body, { errorType: row.errorType, status, requestId: /^[0-9a-f-]{36}$/, code })
    t.match(body.message, /^[\x20-\x7e…]+$/)
    t.notMatch(JSON.stringify(body), internal)
  })
}
