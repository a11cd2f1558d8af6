import t from 'tap'
import { createBackground } from '../../service/background.ts'
import type { Invalidations } from '../../service/invalidations.ts'
import { createLanding, type LandingParts } from '../../service/landing.ts'
import type { Made } from '../../service/make-variant.ts'
import { createMetrics } from '../../service/metrics.ts'
import { cacheTag } from '../../service/provenance.ts'
import { type ObjectStore, StoreError, type StoreFailure } from '../../service/store.ts'
import { collectGarbage } from '../collect-garbage.ts'
import { md5, memoryStore, recordingLogger, settleTurns, testConfig } from '../helper.ts'

const original = Buffer.from('the original')
const key = 'img/150x200/ü.png'

function made(overrides: Partial<Made> = {}): Made {
  const image = {
    key,
    prefix: 'img/',
    variant: { width: 150, height: 200 },
    path: 'ü.png',
    original: 'img/ü.png',
  }
  return {
    image,
    original: image.original,
    sourceEtag: md5(original),
    readAt: 0,
    etag: '"answer"',
    contentType: 'image/png',
    body: Buffer.from('the variant'),
    bytesIn: original.length,
    stages: {},
    ...overrides,
  }
}

/** Landing over a bucket that has the original, with what it noted. */
function setUp(parts: { env?: Record<string, string>; put?: ObjectStore['put'] } = {}) {
  const store = memoryStore()
  store.upload('img/ü.png', original)
  const invalidated: string[] = []
  const invalidations: Invalidations = {
    pending: 0,
    add: async (item) => {
      invalidated.push(item)
      return 'sent'
    },
    flush: async () => {},
  }
  const background = createBackground()
  const metrics = createMetrics()
  const { logger, lines } = recordingLogger()
  const landingParts: LandingParts = {
    config: testConfig(parts.env),
    store: { ...store, put: parts.put ?? store.put },
    invalidations,
    background,
    metrics,
    logger,
  }
  const { land } = createLanding(landingParts)
  const counted = async (name: 'writeBacks' | 'invalidations') => {
    const { values } = await metrics[name].get()
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))
  }
  return { land, store, invalidated, background, lines, counted, landingParts }
}

t.test('writes the variant with what it was made from, and invalidates its path', async (t) => {
  const { land, store, invalidated, background, lines, counted } = setUp()
  t.equal(await land(made()), 'written')
  await background.idle()
  const object = store.objects.get(key)
  t.equal(object?.body.toString(), 'the variant')
  t.match(object, {
    contentType: 'image/png',
    cacheControl: 'public, max-age=604800',
    metadata: { 'source-etag': md5(original), pipeline: /./ },
  })
  t.notOk('cache-tag' in (object?.metadata ?? {}))
  t.strictSame(invalidated, ['/img/150x200/%C3%BC.png'])
  t.strictSame(await counted('writeBacks'), { written: 1 })
  t.strictSame(await counted('invalidations'), { sent: 1 })
  t.match(lines, [{ msg: 'landed', key, writeBack: 'written', invalidation: 'sent', level: 30 }])
})

t.test('begins behind whatever answers in the same turn of the event loop', async (t) => {
  const order: string[] = []
  const put: ObjectStore['put'] = async () => {
    order.push('put')
    return { etag: '"variant"' }
  }
  const { land } = setUp({ put })
  const landed = land(made())
  await Promise.resolve().then(() => Promise.resolve())
  order.push('answered')
  await landed
  t.strictSame(order, ['answered', 'put'])
})

t.test('one that is too large for an answer waits for no others', async (t) => {
  const puts: number[] = []
  const put: ObjectStore['put'] = async (_key, body) => {
    puts.push(body.length)
    return { etag: md5(body) }
  }
  const { land, background } = setUp({ put, env: { MAX_OUTPUT_BYTES: '1024' } })
  const landing = async (bytes: number) => {
    void land(made({ body: Buffer.alloc(bytes) }))
    await settleTurns()
  }
  await landing(1)
  await landing(2)
  t.strictSame(puts, [1], 'others wait for more')
  await landing(1025)
  t.strictSame(puts, [1, 2, 1025])
  await background.idle()
})

for (const mode of ['on-change', 'off']) {
  t.test(`invalidates nothing that was written in mode ${mode}`, async (t) => {
    const { land, invalidated, background, counted } = setUp({ env: { INVALIDATION: mode } })
    t.equal(await land(made()), 'written')
    await background.idle()
    t.strictSame(invalidated, [])
    t.strictSame(await counted('invalidations'), {})
  })
}

t.test('writes where there is nothing to invalidate', async (t) => {
  const { landingParts } = setUp()
  const { land } = createLanding({ ...landingParts, invalidations: undefined })
  t.equal(await land(made()), 'written')
  await landingParts.background.idle()
})

t.test('stamps the cache tag that the original shares', async (t) => {
  const { land, store } = setUp({ env: { CACHE_TAGS: 'true' } })
  await land(made())
  t.equal(store.objects.get(key)?.metadata['cache-tag'], cacheTag('img/ü.png'))
})

t.test('what could not be invalidated is so when the variant is found to be there', async (t) => {
  const { landingParts } = setUp()
  const asked: string[] = []
  const outcomes = ['failed', 'dropped', 'sent'] as const
  const add = async (item: string) => {
    asked.push(item)
    return outcomes[asked.length - 1] ?? 'sent'
  }
  const invalidations: Invalidations = { pending: 0, add, flush: async () => {} }
  const { land } = createLanding({ ...landingParts, invalidations })
  const landed = async () => {
    const outcome = await land(made())
    await landingParts.background.idle()
    return outcome
  }
  t.equal(await landed(), 'written')
  t.equal(asked.length, 1)
  for (const times of [2, 3, 3]) {
    t.equal(await landed(), 'present')
    t.equal(asked.length, times)
  }
})

t.test('what is there already is neither written nor invalidated', async (t) => {
  const { land, invalidated, background, counted } = setUp()
  await land(made())
  t.equal(await land(made()), 'present')
  await background.idle()
  t.equal(invalidated.length, 1)
  t.strictSame(await counted('writeBacks'), { written: 1, present: 1 })
})

t.test('what was made from a former original is not left behind', async (t) => {
  const { land, store, invalidated, background } = setUp()
  t.equal(await land(made({ sourceEtag: '"former"' })), 'superseded')
  await background.idle()
  t.notOk(store.objects.has(key))
  t.strictSame(invalidated, [])
})

for (const failure of ['throttled', 'timeout', 'failed'] as const) {
  t.test(`repeats what was ${failure}`, async (t) => {
    let calls = 0
    const store = memoryStore()
    store.upload('img/ü.png', original)
    const put: ObjectStore['put'] = async (...call) => {
      if (++calls === 1) throw new StoreError(failure, 'once')
      return store.put(...call)
    }
    const { landingParts, invalidated, background } = setUp()
    const { land } = createLanding({ ...landingParts, store: { ...store, put } })
    t.equal(await land(made()), 'written')
    await background.idle()
    t.equal(calls, 2)
    t.equal(invalidated.length, 1)
  })
}

t.test('a repetition that finds its own write counts as written', async (t) => {
  let calls = 0
  const store = memoryStore()
  store.upload('img/ü.png', original)
  const put: ObjectStore['put'] = async (...call) => {
    const answer = await store.put(...call)
    if (++calls === 1) throw new StoreError('timeout', 'the answer was lost')
    return answer
  }
  const { landingParts, invalidated, background } = setUp()
  const { land } = createLanding({ ...landingParts, store: { ...store, put } })
  t.equal(await land(made()), 'written')
  await background.idle()
  t.equal(invalidated.length, 1)
})

t.test('a repetition whose original has changed meanwhile counts as superseded', async (t) => {
  let calls = 0
  const store = memoryStore()
  store.upload('img/ü.png', original)
  const put: ObjectStore['put'] = async (...call) => {
    const answer = await store.put(...call)
    if (++calls > 1) return answer
    store.upload('img/ü.png', Buffer.from('another original'))
    throw new StoreError('timeout', 'the answer was lost')
  }
  const { landingParts, invalidated, background } = setUp()
  const { land } = createLanding({ ...landingParts, store: { ...store, put } })
  t.equal(await land(made()), 'superseded')
  await background.idle()
  t.notOk(store.objects.has(key))
  t.strictSame(invalidated, [])
})

const final: readonly StoreFailure[] = ['denied', 'missing', 'aborted', 'broken-body']

for (const failure of final) {
  t.test(`does not repeat what was ${failure}, and says so in the log`, async (t) => {
    let calls = 0
    const put = async () => {
      calls++
      throw new StoreError(failure, 'why')
    }
    const { land, invalidated, background, lines, counted } = setUp({ put })
    t.equal(await land(made()), 'failed')
    await background.idle()
    t.equal(calls, 1)
    t.strictSame(invalidated, [])
    t.strictSame(await counted('writeBacks'), { failed: 1 })
    t.match(lines, [
      { msg: 'write-back failed', key, level: 50, err: { message: 'why' } },
      { msg: 'landed', writeBack: 'failed' },
    ])
  })
}

t.test('gives up after three attempts', async (t) => {
  let calls = 0
  const put = async () => {
    calls++
    throw new StoreError('throttled', 'why')
  }
  const { land } = setUp({ put })
  t.equal(await land(made()), 'failed')
  t.equal(calls, 3)
})

t.test('what stands though nobody could look at it again is invalidated', async (t) => {
  const { landingParts, store, invalidated, background, lines } = setUp()
  const head: ObjectStore['head'] = async () => {
    throw new StoreError('timeout', 'no second look')
  }
  const { land } = createLanding({ ...landingParts, store: { ...store, head } })
  t.equal(await land(made()), 'failed')
  await background.idle()
  t.ok(store.objects.has(key))
  t.strictSame(invalidated, ['/img/150x200/%C3%BC.png'])
  t.match(lines, [{ msg: 'write-back failed' }, { writeBack: 'failed', invalidation: 'sent' }])
})

for (const [failure, paths] of [
  ['timeout', ['/img/150x200/%C3%BC.png']],
  ['failed', ['/img/150x200/%C3%BC.png']],
  ['throttled', []],
] as const) {
  t.test(`a write that was ${failure} each time is invalidated if it may stand`, async (t) => {
    const put = async () => {
      throw new StoreError(failure, 'no answer')
    }
    const { land, invalidated, background } = setUp({ put })
    t.equal(await land(made()), 'failed')
    await background.idle()
    t.strictSame(invalidated, paths)
  })
}

t.test('a plus is invalidated in both spellings', async (t) => {
  const { land, store, invalidated, background, lines, counted } = setUp()
  store.upload('img/a+b.png', original)
  const { image } = made()
  const other = { ...image, key: 'img/150x200/a+b.png', path: 'a+b.png', original: 'img/a+b.png' }
  t.equal(await land(made({ image: other, original: other.original })), 'written')
  await background.idle()
  t.strictSame(invalidated, ['/img/150x200/a+b.png', '/img/150x200/a%2Bb.png'])
  t.strictSame(await counted('invalidations'), { sent: 2 })
  t.match(lines, [{ msg: 'landed', invalidation: 'sent' }])
})

t.test('what the memory cannot hold while the store is slow is dropped', async (t) => {
  const mebibyte = 1024 * 1024
  let write = () => {}
  const slow = new Promise<void>((resolve) => {
    write = resolve
  })
  const puts: number[] = []
  const put: ObjectStore['put'] = async (_key, body) => {
    puts.push(body.length / mebibyte)
    await slow
    return { etag: '"x"' }
  }
  const { land, background, counted } = setUp({ put })
  const large = (mebibytes: number) => made({ body: Buffer.alloc(mebibytes * mebibyte) })
  const first = land(large(65))
  t.equal(await land(large(1)), 'dropped', 'one alone may be larger than the limit')
  write()
  t.equal(await first, 'written')
  t.equal(await land(large(1)), 'written', 'then there is room again')
  await background.idle()
  t.strictSame(puts, [65, 1])
  t.strictSame(await counted('writeBacks'), { dropped: 1, written: 2 })
})

t.test('is under way until the invalidation is decided', async (t) => {
  const { landingParts, background } = setUp()
  let decide: (outcome: 'sent') => void = () => {}
  const invalidations: Invalidations = {
    pending: 0,
    add: () =>
      new Promise((resolve) => {
        decide = resolve
      }),
    flush: async () => {},
  }
  const { land } = createLanding({ ...landingParts, invalidations })
  t.equal(await land(made()), 'written', 'the write-back is decided before')
  await new Promise(setImmediate)
  t.equal(background.size, 1)
  decide('sent')
  await background.idle()
  t.equal(background.size, 0)
})

t.test('what waits to be invalidated keeps no bytes of the variant', async (t) => {
  const put: ObjectStore['put'] = async () => ({ etag: '"x"' })
  const { landingParts, background } = setUp({ put })
  let decide: (outcome: 'sent') => void = () => {}
  const decided = new Promise<'sent'>((resolve) => {
    decide = resolve
  })
  const invalidations: Invalidations = {
    pending: 0,
    add: () => decided,
    flush: async () => {},
  }
  const { land } = createLanding({ ...landingParts, invalidations })
  const landed = async () => {
    const body = Buffer.alloc(1024 * 1024)
    t.equal(await land(made({ body })), 'written')
    return new WeakRef(body)
  }
  const body = await landed()
  // A WeakRef keeps what it refers to until the turn of the event loop is over.
  await new Promise(setImmediate)
  collectGarbage()
  t.equal(background.size, 1)
  t.equal(body.deref(), undefined)
  decide('sent')
  await background.idle()
})
