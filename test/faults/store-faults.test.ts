import { S3Client } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { startAws } from '../../bench/trials/aws.ts'
import type { FaultAction } from '../../infra/local/faults.ts'
import { createDirect } from '../../service/s3-direct.ts'
import { createTransport } from '../../service/s3-http/handler.ts'
import { s3Store } from '../../service/s3-store.ts'
import { picture } from '../helper.ts'
import { type Served, serve } from '../service/serve.ts'
import { until } from '../until.ts'

// Most of the time is spent waiting for repetitions.
t.jobs = 8

/** The service over direct calls, the real SDK behind them and its own transport, whose patience is a fraction of that in production. */
async function serveOverSdk(t: Test, env: Record<string, string> = {}) {
  const aws = await startAws()
  const transport = createTransport({ connectMs: 1500, idleMs: 1500, maxConnections: 16 })
  const client = new S3Client({
    endpoint: aws.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'laptop', secretAccessKey: 'laptop' },
    forcePathStyle: true,
    maxAttempts: 2,
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: transport,
  })
  const store = s3Store(client, aws.bucket.name, createDirect(client, aws.bucket.name, transport))
  const service = await serve(t, { env, over: () => store })
  t.teardown(async () => {
    client.destroy()
    await aws.stop()
  })
  const attributes = { contentType: 'image/png', cacheControl: 'public' }
  await store.put('img/x.png', await picture(400, 300).png().toBuffer(), {
    ...attributes,
    metadata: {},
  })
  aws.requests.length = 0
  const asked = (operation: string) => aws.requests.filter((one) => one.operation === operation)
  return { aws, service, store, asked }
}

const error = (status: number, code: string): FaultAction => ({ kind: 'error', status, code })

interface ReadFault {
  action: FaultAction
  status: number
  code: string
  /**
   * How often S3 is asked, the SDK's repetitions and our own included: from, to. The SDK asks once
   * more after any error but a missing key: it may set its clock right, or its credentials.
   */
  calls: readonly [number, number]
}

const readFaults: Record<string, ReadFault> = {
  'no such key': {
    action: error(404, 'NoSuchKey'),
    status: 404,
    code: 'no_original',
    calls: [1, 1],
  },
  'access denied': {
    action: error(403, 'AccessDenied'),
    status: 502,
    code: 'store_denied',
    calls: [2, 2],
  },
  'no such bucket': {
    action: error(404, 'NoSuchBucket'),
    status: 502,
    code: 'store_failed',
    calls: [2, 2],
  },
  'slow down': {
    action: error(503, 'SlowDown'),
    status: 503,
    code: 'store_throttled',
    calls: [3, 3],
  },
  'internal error': {
    action: error(500, 'InternalError'),
    status: 502,
    code: 'store_failed',
    calls: [3, 3],
  },
  reset: { action: { kind: 'reset' }, status: 502, code: 'store_failed', calls: [3, 3] },
  'reset in mid-body': {
    action: { kind: 'reset-mid-body' },
    status: 502,
    code: 'store_failed',
    // Whether the header was read before the reset decides who repeats.
    calls: [2, 6],
  },
  'body shorter than declared': {
    action: { kind: 'truncate' },
    status: 502,
    code: 'store_failed',
    calls: [2, 2],
  },
  'half of the body, declared as whole': {
    action: { kind: 'shorten' },
    // Only a checksum would show that the store is at fault; the service does without, as the
    // decoder finds it out.
    status: 422,
    code: 'undecodable',
    calls: [1, 1],
  },
  'stalled body': { action: { kind: 'stall' }, status: 504, code: 'store_timeout', calls: [1, 1] },
  'no answer at all': {
    action: { kind: 'hang' },
    status: 504,
    code: 'store_timeout',
    calls: [3, 3],
  },
}

for (const [name, { action, status, code, calls }] of Object.entries(readFaults)) {
  t.test(`reading: ${name}`, async (t) => {
    const { aws, service, asked } = await serveOverSdk(t)
    aws.faults.add({ operation: 'GetObject', action })
    const answer = await service.get('img/150x200/x.png')
    t.match(answer, { status, headers: { 'cache-control': 'no-store' }, body: { code } })
    t.notMatch(answer.text, /S3|SDK|bucket|socket|ECONN/, 'nothing internal is shown')
    const times = asked('GetObject').length
    t.ok(times >= calls[0] && times <= calls[1], `asked ${times} times`)
    t.equal(asked('PutObject').length, 0)

    aws.faults.clear()
    t.equal((await service.get('img/150x200/x.png')).status, 200, 'recovers by itself')
  })
}

const passing: Record<string, FaultAction> = {
  'slow down': error(503, 'SlowDown'),
  'internal error': error(500, 'InternalError'),
  reset: { kind: 'reset' },
  'reset in mid-body': { kind: 'reset-mid-body' },
  'body shorter than declared': { kind: 'truncate' },
  'no answer at all': { kind: 'hang' },
  latency: { kind: 'delay', ms: 100 },
}

t.test('what fails once is repeated, and the viewer sees nothing of it', async (t) => {
  const { aws, service } = await serveOverSdk(t, { ALLOWED_DIMENSIONS: '*' })
  for (const [i, [name, action]] of Object.entries(passing).entries()) {
    aws.faults.add({ operation: 'GetObject', times: 1, action })
    t.equal((await service.get(`img/${i + 1}x99/x.png`)).status, 200, name)
  }
})

t.test('the deadline ends the wait for a store that does not answer', async (t) => {
  const { aws, service } = await serveOverSdk(t, { DEADLINE_MS: '150' })
  aws.faults.add({ operation: 'GetObject', action: { kind: 'hang' } })
  const answer = await service.get('img/150x200/x.png')
  t.match(answer, { status: 504, body: { code: 'deadline' } })
})

t.test('a HEAD that fails for a 304 is no 404', async (t) => {
  const { aws, service } = await serveOverSdk(t)
  aws.faults.add({ operation: 'HeadObject', action: error(403, 'AccessDenied') })
  const answer = await service.get('img/150x200/x.png', { 'if-none-match': '"a"' })
  t.match(answer, { status: 502, body: { code: 'store_denied' } })
})

t.test(
  'an original that is too large is refused from its header, and read no further',
  async (t) => {
    const { aws, service, asked } = await serveOverSdk(t, { MAX_ORIGINAL_BYTES: '1024' })
    // Reading the body would end in 504.
    aws.faults.add({ operation: 'GetObject', action: { kind: 'stall' } })
    const answer = await service.get('img/150x200/x.png')
    t.match(answer, { status: 413, body: { code: 'original_too_large' } })
    t.equal(asked('GetObject').length, 1)
  },
)

/** Asks once; returns what the log says of the landing, and what is stored then. */
async function landing(t: Test, action: FaultAction, times: number, operation = 'PutObject') {
  const { aws, service, asked } = await serveOverSdk(t)
  aws.faults.add({
    operation,
    key: (key) => operation !== 'PutObject' || key.includes('x'),
    times,
    action,
  })
  const { status, body } = await service.get('img/150x200/x.png')
  t.equal(status, 200)
  await landed(service)
  const stored = await aws.bucket.read('img/150x200/x.png')
  let bytes = Buffer.alloc(0)
  if (stored) {
    bytes = Buffer.concat(await stored.body.toArray())
    t.same(bytes, body, 'what is stored is the whole picture')
  }
  await service.stop()
  const line = service.logged('landed')[0]
  return { line, stored, puts: asked('PutObject').length, service }
}

async function landed(service: Served): Promise<void> {
  await until(() => service.logged('landed').length > 0 || service.cdn.invalidated.length > 0)
}

for (const [name, action] of Object.entries({
  ...passing,
  'lost answer': { kind: 'lose-answer' } as const,
})) {
  if (/body/.test(name)) continue
  t.test(`writing back: ${name}, once`, async (t) => {
    const { line, stored, service } = await landing(t, action, 1)
    t.ok(stored)
    t.match(line, { writeBack: 'written', invalidation: 'sent' })
    t.same(service.cdn.invalidated, [['/img/150x200/x.png']])
  })
}

t.test('writing back: reset once, over the same picture from an older original', async (t) => {
  const { aws, service, store } = await serveOverSdk(t)
  const [original, variant] = ['img/x.png', 'img/150x200/x.png']
  const { body, etag, ...attributes } = await store.get(original)
  await store.put('img/same.png', body, {
    ...attributes,
    contentType: 'image/png',
    cacheControl: '',
  })
  const same = await service.get('img/150x200/same.png')
  await landed(service)
  await store.put(variant, same.body, {
    contentType: 'image/png',
    cacheControl: 'public',
    metadata: { 'source-etag': '"older"' },
  })
  aws.faults.add({
    operation: 'PutObject',
    key: (key) => key === variant,
    times: 1,
    action: { kind: 'reset' },
  })
  t.equal((await service.get(variant)).status, 200)
  await service.stop()
  t.match(service.logged('landed')[1], { key: variant, writeBack: 'written' })
  t.match(await store.head(variant), { metadata: { 'source-etag': etag } })
})

t.test('writing back: denied for good', async (t) => {
  const { line, stored, puts, service } = await landing(t, error(403, 'AccessDenied'), Infinity)
  t.notOk(stored)
  t.match(line, { writeBack: 'failed' })
  t.equal(puts, 2)
  t.same(service.cdn.invalidated, [])
})

t.test('writing back: reset for good, with bounded repetitions', async (t) => {
  const { line, stored, puts } = await landing(t, { kind: 'reset' }, Infinity)
  t.notOk(stored)
  t.match(line, { writeBack: 'failed' })
  t.equal(puts, 9, 'three of ours with three of the SDK each')
})

t.test('writing back: the look at the original afterwards fails once', async (t) => {
  const { line, stored } = await landing(t, error(500, 'InternalError'), 3, 'HeadObject')
  t.ok(stored)
  t.match(line, { writeBack: 'written', invalidation: 'sent' })
})
