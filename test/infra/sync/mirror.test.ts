import t from 'tap'
import type { FullHead } from '../../../infra/sync/buckets.ts'
import { mirror } from '../../../infra/sync/mirror.ts'
import { cacheTag } from '../../../service/provenance.ts'
import { StoreError } from '../../../service/store.ts'
import { fullHead, memoryBuckets } from './memory-buckets.ts'

const settings = { cacheControl: 'public, max-age=60', cacheTags: false }
const key = 'img/x.png'

t.test('copies an upload with its attributes and its entity tag', async (t) => {
  const kept = { ContentDisposition: 'inline' }
  const buckets = memoryBuckets({ [key]: fullHead('"a"', { metadata: { author: 'me' }, kept }) })
  t.equal(await mirror(key, buckets, settings), 'copied')
  t.strictSame(
    buckets.origins[key],
    fullHead('"a"', { metadata: { author: 'me', 'source-etag': '"a"' }, kept }),
  )
  t.strictSame(buckets.conditions, [{ ifAbsent: true }])
  t.equal(await mirror(key, buckets, settings), 'unchanged')
  t.strictSame(buckets.writes, [`copy ${key}`])
})

t.test('copies again when anything that a copy carries has changed', async (t) => {
  const changes: Partial<FullHead>[] = [
    { etag: '"b"' },
    { contentType: 'image/x-png' },
    { cacheControl: 'no-store' },
    { metadata: { author: 'you' } },
    { kept: { ContentEncoding: 'gzip' } },
  ]
  for (const change of changes) {
    const buckets = memoryBuckets({ [key]: fullHead('"a"') })
    await mirror(key, buckets, settings)
    buckets.originals[key] = { ...fullHead('"a"'), ...change }
    t.equal(await mirror(key, buckets, settings), 'copied', JSON.stringify(change))
    t.equal(buckets.origins[key]?.metadata.replaces, '"a"', 'says what it replaced')
    t.equal(await mirror(key, buckets, settings), 'unchanged')
  }
})

t.test('gives every copy a type and a Cache-Control', async (t) => {
  const table: [string, string | undefined, string | undefined][] = [
    ['img/x.png', undefined, 'image/png'],
    ['img/x.JPG', 'binary/octet-stream', 'image/jpeg'],
    ['site.css', 'application/octet-stream', 'text/css; charset=utf-8'],
    ['img/x.png', 'image/webp', 'image/webp'],
    ['img/x.unknown', 'application/octet-stream', 'application/octet-stream'],
    ['img/x', undefined, 'binary/octet-stream'],
  ]
  for (const [key, contentType, expected] of table) {
    const buckets = memoryBuckets({ [key]: fullHead('"a"', { contentType, cacheControl: '' }) })
    await mirror(key, buckets, settings)
    t.equal(buckets.origins[key]?.contentType, expected, `${key} as ${contentType}`)
    t.equal(buckets.origins[key]?.cacheControl, settings.cacheControl)
  }
})

t.test('does not believe provenance that an upload brings along', async (t) => {
  const metadata = { 'source-etag': '"else"', replaces: '"other"' }
  const buckets = memoryBuckets({ [key]: fullHead('"a"', { metadata }) })
  await mirror(key, buckets, settings)
  t.strictSame(buckets.origins[key]?.metadata, { 'source-etag': '"a"' })
})

t.test(
  'keeps of the metadata of an upload what fits beside its own, the shortest first',
  async (t) => {
    const own = 'source-etag'.length + '"a"'.length + 'replaces'.length + 40
    const table: [metadata: Record<string, string>, kept: string[]][] = [
      [{ long: 'x'.repeat(2048 - own - 4) }, ['long']],
      [{ long: 'x'.repeat(2048 - own - 3) }, []],
      [{ long: 'x'.repeat(2048 - own - 4 - 3), a: 'é' }, ['a', 'long']],
      [{ long: 'x'.repeat(2048 - own - 4 - 2), a: 'é' }, ['a']],
      [{ b: 'x'.repeat(990), c: 'x'.repeat(990), a: 'x'.repeat(990) }, ['a', 'b']],
    ]
    for (const [metadata, kept] of table) {
      const buckets = memoryBuckets({ [key]: fullHead('"a"', { metadata }) })
      await mirror(key, buckets, settings)
      const copied = Object.keys(buckets.origins[key]?.metadata ?? {})
      t.strictSame(new Set(copied), new Set([...kept, 'source-etag']))
      t.equal(await mirror(key, buckets, settings), 'unchanged')
    }
  },
)

t.test('tags copies where tags are on, those that have none, too', async (t) => {
  const buckets = memoryBuckets({ [key]: fullHead('"a"') })
  await mirror(key, buckets, settings)
  t.equal(await mirror(key, buckets, { ...settings, cacheTags: true }), 'copied')
  t.equal(buckets.origins[key]?.metadata['cache-tag'], cacheTag(key))
})

t.test('removes the copy of what is gone, once', async (t) => {
  const buckets = memoryBuckets({}, { [key]: fullHead('"a"') })
  t.equal(await mirror(key, buckets, settings), 'removed')
  t.equal(await mirror(key, buckets, settings), 'unchanged')
  t.strictSame(buckets.writes, [`remove ${key}`])
})

t.test('goes on when the original changes before, while and after it is copied', async (t) => {
  for (const moment of [`head ${key}`, `copy ${key}`]) {
    let changes = 2
    const buckets = memoryBuckets({ [key]: fullHead('"0"') }, {}, (call) => {
      if (call === moment && changes > 0) buckets.originals[key] = fullHead(`"${changes--}"`)
    })
    t.equal(await mirror(key, buckets, settings), 'copied', moment)
    t.equal(buckets.origins[key]?.metadata['source-etag'], '"1"')
  }
  let looks = 0
  const buckets = memoryBuckets({ [key]: fullHead('"0"') }, {}, (call) => {
    if (call === `original head ${key}` && ++looks === 2) delete buckets.originals[key]
  })
  t.equal(await mirror(key, buckets, settings), 'removed')
  t.notOk(buckets.origins[key])
})

t.test('goes on when another invocation was faster', async (t) => {
  const buckets = memoryBuckets({ [key]: fullHead('"a"') }, {}, (call) => {
    if (call === `copy ${key}`) buckets.origins[key] ??= fullHead('"old"')
  })
  t.equal(await mirror(key, buckets, settings), 'copied')
  t.equal(buckets.origins[key]?.metadata.replaces, '"old"')
})

t.test('goes on when the original goes under its hands', async (t) => {
  const buckets = memoryBuckets({ [key]: fullHead('"a"') }, {}, (call) => {
    if (call === `copy ${key}`) delete buckets.originals[key]
  })
  t.equal(await mirror(key, buckets, settings), 'unchanged')
  t.notOk(buckets.origins[key])
})

t.test('leaves an original that does not come to rest to the redelivery', async (t) => {
  let count = 0
  const buckets = memoryBuckets({ [key]: fullHead('"0"') }, {}, (call) => {
    if (call === `copy ${key}`) buckets.originals[key] = fullHead(`"${++count}"`)
  })
  await t.rejects(mirror(key, buckets, settings), /does not come to rest/)
})

t.test('passes on what a bucket fails with', async (t) => {
  const buckets = memoryBuckets({ [key]: fullHead('"a"') }, {}, (call) => {
    if (call === `copy ${key}`) throw new StoreError('denied', 'no')
  })
  t.match(await mirror(key, buckets, settings).catch((error) => error), { failure: 'denied' })
})
