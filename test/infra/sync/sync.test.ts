import { once } from 'node:events'
import t from 'tap'
import type { FullHead } from '../../../infra/sync/buckets.ts'
import { readSyncSettings } from '../../../infra/sync/settings.ts'
import { buildHandler } from '../../../infra/sync/sync.ts'
import { CdnError } from '../../../service/cdn.ts'
import { cacheTag, pipelineVersion } from '../../../service/provenance.ts'
import type { Environment } from '../../../service/settings.ts'
import { StoreError } from '../../../service/store.ts'
import { fullHead, memoryBuckets } from './memory-buckets.ts'

interface Setup {
  originals?: Record<string, FullHead>
  origins?: Record<string, FullHead>
  env?: Environment
  before?: (call: string) => void
  refuse?: () => Error | undefined
  withoutCdn?: boolean
}

/** What a handler over buckets in memory is made of, with what it invalidates and logs. */
function parts(setup: Setup) {
  const { originals = {}, origins = {}, env, before, refuse } = setup
  const invalidated: string[] = []
  const lines: { level: string; message: string }[] = []
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...fields })
  const cdn = {
    createInvalidation: async (items: readonly string[]) => {
      const error = refuse?.()
      if (error) throw error
      invalidated.push(...items)
    },
  }
  return {
    ...memoryBuckets(originals, origins, before),
    cdn,
    settings: readSyncSettings({ BUCKET: 'origin', ORIGINAL_BUCKET: 'original', ...env }),
    logger: { info: log('info'), error: log('error') },
    invalidated,
    lines,
  }
}

/** The handler over buckets in memory, with what it is made of. */
function setUp(setup: Setup = {}) {
  const made = parts(setup)
  const handler = buildHandler({ ...made, cdn: setup.withoutCdn ? undefined : made.cdn })
  return { ...made, handler }
}

const record = (bucket: string, key: string, eventName = 'ObjectCreated:Put') => ({
  eventSource: 'aws:s3',
  eventName,
  s3: { bucket: { name: bucket }, object: { key } },
})
const removal = (bucket: string, key: string) => record(bucket, key, 'ObjectRemoved:Delete')
const message = (messageId: string, ...records: object[]) => ({
  eventSource: 'aws:sqs',
  messageId,
  body: JSON.stringify({ Records: records }),
})
const of = (source: string, metadata: Record<string, string> = {}) =>
  fullHead(`"of ${source}"`, {
    metadata: { 'source-etag': source, pipeline: pipelineVersion, ...metadata },
  })
const copyOf = (etag: string, metadata: Record<string, string> = {}) =>
  fullHead(etag, { metadata: { 'source-etag': etag, ...metadata } })

/** Waits for `work`, which ends with timers that do not keep the process. */
async function awake<T>(work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {}, 60_000)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

t.test('mirrors uploads, and leaves the cache to the event of the copy', async (t) => {
  const { handler, writes, invalidated } = setUp({
    originals: { 'img/a b.png': fullHead('"a"'), 'site.css': fullHead('"s"') },
    origins: { 'img/gone.png': copyOf('"g"') },
  })
  const answer = await handler({
    Records: [
      message('1', record('original', 'img/a+b.png'), record('original', 'site.css')),
      message('2', removal('original', 'img/gone.png')),
    ],
  })
  t.strictSame(answer, { batchItemFailures: [] })
  t.strictSame(writes.sort(), ['copy img/a b.png', 'copy site.css', 'remove img/gone.png'])
  t.strictSame(invalidated, [])
})

t.test('believes the buckets, not the event', async (t) => {
  const { handler, writes } = setUp({
    originals: { 'img/there.png': fullHead('"t"') },
    origins: { 'img/gone.png': copyOf('"g"') },
  })
  await handler({ Records: [removal('original', 'img/there.png')] })
  await handler({ Records: [record('original', 'img/gone.png')] })
  t.strictSame(writes, ['copy img/there.png', 'remove img/gone.png'])
})

t.test('refuses an upload with the key of a variant, once and for all', async (t) => {
  const { handler, writes, lines } = setUp({ originals: { 'img/1x1/x.png': fullHead('"a"') } })
  const event = { Records: [message('1', record('original', 'img/1x1/x.png'))] }
  t.strictSame(await handler(event), { batchItemFailures: [] })
  t.strictSame(writes, [])
  t.match(lines, [{ level: 'error', key: 'img/1x1/x.png', message: /refused/ }])
})

t.test(
  'purges the variants of a copy that changed, and tells the cache of what went',
  async (t) => {
    const origins = { 'img/x.png': copyOf('"b"', { replaces: '"a"' }), 'img/1x1/x.png': of('"a"') }
    const { handler, writes, invalidated } = setUp({ origins })
    await handler({ Records: [record('origin', 'img/x.png')] })
    t.strictSame(writes, ['remove img/1x1/x.png'])
    t.strictSame(invalidated, ['/img/x.png'])
    await handler({ Records: [removal('origin', 'img/1x1/x.png')] })
    t.strictSame(invalidated, ['/img/x.png', '/img/1x1/x.png'])
  },
)

t.test('invalidates nothing for what is new', async (t) => {
  const origins = { 'img/x.png': copyOf('"a"'), 'img/1x1/x.png': of('"a"'), 'a.css': copyOf('"c"') }
  const { handler, invalidated } = setUp({ origins })
  for (const key of Object.keys(origins)) await handler({ Records: [record('origin', key)] })
  t.strictSame(invalidated, [])
})

t.test('invalidates what is gone, was replaced, or was put there by others', async (t) => {
  const { handler, invalidated } = setUp({
    origins: {
      'img/x.png': copyOf('"a"'),
      'img/1x1/x.png': of('"a"', { replaces: '"o"' }),
      'by-hand.css': fullHead('"h"'),
    },
  })
  const records = ['img/1x1/x.png', 'img/2x2/x.png', 'gone.css', 'by-hand.css', 'img/gone.png']
  await handler({ Records: records.map((key) => record('origin', key)) })
  t.strictSame(invalidated.sort(), records.map((key) => `/${key}`).sort())
})

t.test('invalidates what went even when it is there again', async (t) => {
  const { handler, invalidated } = setUp({
    origins: { 'img/x.png': copyOf('"a"'), 'img/1x1/x.png': of('"a"') },
  })
  await handler({ Records: [removal('origin', 'img/1x1/x.png')] })
  t.strictSame(invalidated, ['/img/1x1/x.png'])
})

t.test('takes away a variant that a crash left, and leaves the cache to that event', async (t) => {
  const { handler, writes, invalidated } = setUp({
    origins: { 'img/x.png': copyOf('"b"'), 'img/1x1/x.png': of('"a"'), 'img/1x1/y.png': of('"a"') },
  })
  await handler({
    Records: [record('origin', 'img/1x1/x.png'), record('origin', 'img/1x1/y.png')],
  })
  t.strictSame(writes.sort(), ['remove img/1x1/x.png', 'remove img/1x1/y.png'])
  t.strictSame(invalidated, [])
})

t.test(
  'acts once on a key with many events, and fails all messages that wait for it',
  async (t) => {
    let looks = 0
    const { handler } = setUp({
      before: (call) => {
        if (call !== 'original head img/x.png') return
        looks++
        throw new StoreError('throttled', 'slow down')
      },
    })
    const answer = await handler({
      Records: [
        message('1', record('original', 'img/x.png')),
        message('2', record('original', 'img/x.png'), record('original', 'img/y.png')),
        message('3', record('original', 'img/y.png')),
      ],
    })
    t.equal(looks, 1)
    t.strictSame(answer, { batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] })
  },
)

t.test('reports messages that it cannot understand or invalidate, and only those', async (t) => {
  const { handler, lines } = setUp({
    originals: { 'img/x.png': fullHead('"a"') },
    refuse: () => new CdnError('TooManyInvalidationsInProgress', { retryable: true }),
  })
  const answer = await handler({
    Records: [
      message('1', record('original', 'img/x.png')),
      { ...message('2'), body: 'no JSON' },
      message('3', removal('origin', 'img/y.png')),
      message('4', record('elsewhere', 'img/x.png'), record('original', 'x', 'ObjectAcl:Put')),
    ],
  })
  t.strictSame(answer, { batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '3' }] })
  t.ok(lines.some((line) => line.message === 'record ignored'))
  t.ok(lines.some((line) => line.message === 'bucket unknown'))
})

t.test('answers a direct event with nothing, and throws when it fails', async (t) => {
  const { handler } = setUp({
    refuse: () => new CdnError('Throttling', { retryable: true }),
  })
  t.equal(await handler({ Records: [record('original', 'img/x.png')] }), undefined)
  t.equal(await handler({ Event: 's3:TestEvent' }), undefined)
  await t.rejects(handler({ Records: [removal('origin', 'img/x.png')] }), /the log says why/)
  await t.rejects(handler(undefined), /the log says why/)
})

t.test('invalidates tags instead of the paths of variants where they are on', async (t) => {
  const { handler, invalidated } = setUp({ env: { CACHE_TAGS: 'true' } })
  const keys = ['img/x.png', 'img/1x1/x.png', 'img/2x2/x.png']
  await handler({ Records: keys.map((key) => removal('origin', key)) })
  // The original's own path, too: its copy may be cached from before there were tags.
  t.strictSame(invalidated, [`#${cacheTag('img/x.png')}`, '/img/x.png'])
})

t.test('invalidates nothing where there is nothing to invalidate', async (t) => {
  const { handler, invalidated, lines } = setUp({ withoutCdn: true })
  const said = () => lines.filter((line) => /nothing to invalidate/.test(line.message)).length
  t.equal(said(), 1, 'says so at the start')
  const answer = await handler({ Records: [message('1', removal('origin', 'img/x.png'))] })
  t.strictSame(answer, { batchItemFailures: [] })
  t.strictSame(invalidated, [])
  t.equal(said(), 1, 'and once')
  t.strictSame(setUp().lines, [])
})

t.test('lists the folders of variants once a batch', async (t) => {
  const names = ['a', 'b', 'c']
  const lists: string[] = []
  let faults = 1
  const { handler, writes } = setUp({
    origins: Object.fromEntries(
      names.flatMap((name) => [
        [`img/${name}.png`, copyOf('"new"')],
        [`img/1x1/${name}.png`, of('"old"')],
      ]),
    ),
    before: (call) => {
      if (!call.startsWith('list')) return
      lists.push(call)
      if (faults-- > 0) throw new StoreError('throttled', 'slow down')
    },
  })
  const batch = (ids: string[]) => ({
    Records: ids.map((id) => message(id, record('origin', `img/${id}.png`))),
  })
  const first = await handler(batch(['a']))
  t.strictSame(first, { batchItemFailures: [{ itemIdentifier: 'a' }] })
  t.strictSame(await handler(batch(names)), { batchItemFailures: [] })
  t.strictSame(lists, ['list img/', 'list img/'])
  t.strictSame(
    writes.sort(),
    names.map((name) => `remove img/1x1/${name}.png`),
  )
})

t.test('one key that takes too long does not hold up what is told of the others', async (t) => {
  const slow = ['1', '2', '3', '4', '5', '6', '7', '8']
  const { original, origin, settings, logger, invalidated, cdn } = parts({
    originals: Object.fromEntries(slow.map((id) => [`img/${id}.png`, fullHead('"a"')])),
  })
  const handler = buildHandler({
    original,
    origin: { ...origin, copy: () => new Promise(() => {}) },
    settings,
    logger,
    cdn,
    keysMs: 1000,
  })
  const gone = message('gone', removal('origin', 'img/gone.png'))
  const late = message('late', removal('origin', 'img/late.png'))
  const copies = slow.map((id) => message(id, record('original', `img/${id}.png`)))
  t.strictSame(await awake(handler({ Records: [gone, ...copies, late] })), {
    batchItemFailures: [...slow, 'late'].map((itemIdentifier) => ({ itemIdentifier })),
  })
  t.strictSame(invalidated, ['/img/gone.png'])
})

t.test('what was given up writes nothing behind the answer', async (t) => {
  const upload = fullHead('"a"')
  for (const [key, what] of [
    ['img/copy.png', 'copy'],
    ['img/remove.png', 'remove'],
  ] as const) {
    const { original, origin, settings, logger, cdn, writes } = parts({
      origins: { 'img/remove.png': upload },
    })
    let goOn = () => {}
    const head: typeof original.head = async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      return what === 'copy' ? upload : undefined
    }
    const handler = buildHandler({ original: { head }, origin, settings, logger, cdn, keysMs: 50 })
    t.strictSame(await awake(handler({ Records: [message('1', record('original', key))] })), {
      batchItemFailures: [{ itemIdentifier: '1' }],
    })
    goOn()
    await new Promise((resolve) => setImmediate(resolve))
    t.strictSame(writes, [])
  }
})

t.test('writes end with the time that a batch has for its keys', async (t) => {
  const { original, origin, settings, logger, cdn } = parts({
    originals: { 'img/copy.png': fullHead('"a"') },
    origins: { 'img/remove.png': fullHead('"a"') },
  })
  const signals: (AbortSignal | undefined)[] = []
  const handler = buildHandler({
    original,
    origin: {
      ...origin,
      remove: async (_key, { signal } = {}) => {
        signals.push(signal)
      },
      copy: async (_key, _etag, _attributes, _condition, signal) => {
        signals.push(signal)
      },
    },
    settings,
    logger,
    cdn,
    keysMs: 1000,
  })
  const keys = ['img/copy.png', 'img/remove.png']
  const records = keys.map((key) => message(key, record('original', key)))
  t.strictSame(await handler({ Records: records }), { batchItemFailures: [] })
  t.equal(signals.length, 2)
  for (const signal of signals) {
    if (!signal?.aborted) await awake(once(signal as AbortSignal, 'abort'))
  }
})

t.test('a cache that never answers fails only the messages that wait for it', async (t) => {
  const { original, origin, settings, logger, lines } = parts({
    originals: { 'img/x.png': fullHead('"a"') },
  })
  const cdn = { createInvalidation: () => new Promise<never>(() => {}) }
  const handler = buildHandler({ original, origin, settings, logger, cdn, batchMs: 1000 })
  const copied = message('copied', record('original', 'img/x.png'))
  const gone = message('gone', removal('origin', 'img/gone.png'))
  t.strictSame(await awake(handler({ Records: [copied, gone] })), {
    batchItemFailures: [{ itemIdentifier: 'gone' }],
  })
  t.match(lines, [{}, {}, { level: 'error', message: 'invalidation failed', error: /Timeout/ }])
})
