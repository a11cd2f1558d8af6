import t from 'tap'
import { judge } from '../../../infra/sync/judge.ts'
import { purge, settleVariant } from '../../../infra/sync/purge.ts'
import { cacheTag, pipelineVersion } from '../../../service/provenance.ts'
import { StoreError } from '../../../service/store.ts'
import { fullHead, memoryBuckets } from './memory-buckets.ts'

const key = 'img/x.png'
const settings = { keyPrefixes: ['img/'], cacheTags: false }
const madeOf = (source: string, etag = `"of ${source}"`) =>
  fullHead(etag, { metadata: { 'source-etag': source, pipeline: pipelineVersion } })

t.test('judges a variant by what it was made from', async (t) => {
  const original = { key, etag: '"a"' }
  t.equal(judge(madeOf('"a"'), original, settings), 'current')
  t.equal(judge(madeOf('"b"'), original, settings), 'stale')
  t.equal(judge(madeOf('"a"'), undefined, settings), 'orphaned')
  t.equal(judge(fullHead('"v"'), original, settings), 'stale', 'made by nobody knows whom')
  const old = { metadata: { 'source-etag': '"a"', pipeline: '0' } }
  t.equal(judge(old, original, settings), 'stale', 'another pipeline')
})

t.test('a variant without the tag of its original is stale where tags are on', async (t) => {
  const original = { key, etag: '"a"' }
  const tagged = (tag: string) => {
    const { metadata } = madeOf('"a"')
    return fullHead('"v"', { metadata: { ...metadata, 'cache-tag': tag } })
  }
  const on = { cacheTags: true }
  t.equal(judge(tagged(cacheTag(key)), original, on), 'current')
  t.equal(judge(madeOf('"a"'), original, on), 'stale')
  t.equal(judge(tagged(cacheTag('img/y.png')), original, on), 'stale')
  t.equal(judge(tagged(cacheTag(key)), original, settings), 'current', 'a tag does no harm')

  const buckets = memoryBuckets(
    {},
    {
      [key]: fullHead('"a"'),
      'img/1x1/x.png': madeOf('"a"'),
      'img/2x2/x.png': tagged(cacheTag(key)),
    },
  )
  t.equal(await purge(key, buckets.origin, { keyPrefixes: ['img/'], cacheTags: true }), 1)
  t.strictSame(buckets.writes, ['remove img/1x1/x.png'])
})

t.test('removes what does not match, and nothing else', async (t) => {
  const buckets = memoryBuckets(
    {},
    {
      [key]: fullHead('"a"'),
      'img/1x1/x.png': madeOf('"a"'),
      'img/2x2/x.png': madeOf('"b"'),
      'img/3x3/x.png': fullHead('"v"'),
      'img/4x4/y.png': madeOf('"b"'),
      'img/a/5x5/x.png': madeOf('"b"'),
      'img/6x6/1x1/x.png': madeOf('"b"'),
    },
  )
  t.equal(await purge(key, buckets.origin, settings), 2)
  t.strictSame(buckets.writes.sort(), ['remove img/2x2/x.png', 'remove img/3x3/x.png'])
})

t.test('removes all variants of an original that is gone', async (t) => {
  const folders = Array.from({ length: 100 }, (_, side) => `img/${side + 1}x1/x.png`)
  const buckets = memoryBuckets({}, Object.fromEntries(folders.map((key) => [key, madeOf('"a"')])))
  t.equal(await purge(key, buckets.origin, settings), 100)
  t.strictSame(buckets.origins, {})
})

t.test('looks at no more than 16 variants at once', async (t) => {
  const folders = Array.from({ length: 60 }, (_, side) => `${side + 1}x1`)
  let running = 0
  let most = 0
  const { origin } = memoryBuckets({})
  const head = async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return undefined
  }
  await purge(key, { ...origin, head, variantFolders: async () => folders }, settings)
  t.equal(most, 16)
})

t.test('does not take an original below a nested prefix for a variant', async (t) => {
  const keyPrefixes = ['img/', 'img/1x1/']
  const buckets = memoryBuckets({}, { [key]: fullHead('"a"'), 'img/1x1/x.png': fullHead('"b"') })
  t.equal(await purge(key, buckets.origin, { ...settings, keyPrefixes }), 0)
})

t.test('removes what was made before a nested prefix was configured', async (t) => {
  const nested = 'img/blog/x.png'
  const buckets = memoryBuckets(
    {},
    {
      [nested]: fullHead('"a"'),
      'img/blog/1x1/x.png': madeOf('"a"'),
      'img/1x1/blog/x.png': madeOf('"a"'),
      'img/1x1/x.png': madeOf('"b"'),
    },
  )
  t.equal(
    await purge(nested, buckets.origin, { ...settings, keyPrefixes: ['img/', 'img/blog/'] }),
    1,
  )
  t.strictSame(buckets.writes, ['remove img/1x1/blog/x.png'])
})

t.test('looks again when another variant was written meanwhile', async (t) => {
  const variant = 'img/1x1/x.png'
  const buckets = memoryBuckets(
    {},
    { [key]: fullHead('"a"'), [variant]: madeOf('"b"') },
    (call) => {
      if (call === `remove ${variant}`) buckets.origins[variant] = madeOf('"a"')
    },
  )
  const finding = await settleVariant(variant, key, buckets.origin, settings)
  t.equal(finding.verdict, 'current')
  t.strictSame(buckets.writes, [])
})

t.test('settles what is absent, and what can have no original', async (t) => {
  const buckets = memoryBuckets({}, { 'img/1x1/2x2/x.png': madeOf('"a"') })
  t.strictSame(await settleVariant('img/1x1/x.png', key, buckets.origin, settings), {
    verdict: 'absent',
  })
  const nested = await settleVariant('img/1x1/2x2/x.png', undefined, buckets.origin, settings)
  t.strictSame(nested, { verdict: 'orphaned' })
})

t.test('gives up on a variant that does not come to rest, and passes on failures', async (t) => {
  const variant = 'img/1x1/x.png'
  let count = 0
  const restless = memoryBuckets({}, { [variant]: madeOf('"b"') }, (call) => {
    if (call.startsWith('remove')) restless.origins[variant] = madeOf('"b"', `"${++count}"`)
  })
  await t.rejects(settleVariant(variant, key, restless.origin, settings), /does not come to rest/)
  const failing = memoryBuckets({}, { [variant]: madeOf('"b"') }, (call) => {
    if (call.startsWith('remove')) throw new StoreError('throttled', 'slow down')
  })
  const failed = await purge(key, failing.origin, settings).catch((error) => error)
  t.match(failed, { failure: 'throttled' })
})
