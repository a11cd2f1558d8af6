import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { openBucket } from '../../../infra/local/open-bucket.ts'
import { createS3 } from '../../../infra/local/s3.ts'
import { mirror } from '../../../infra/sync/mirror.ts'
import { purge } from '../../../infra/sync/purge.ts'
import { s3OriginalBucket, s3OriginBucket } from '../../../infra/sync/s3-buckets.ts'

/** Both buckets in the laptop's S3, with a client to put objects into them. */
async function setUp(t: Test) {
  const directory = t.testdir({})
  const buckets = await Promise.all(
    ['original', 'origin'].map((name) => openBucket(directory, name)),
  )
  const server = createServer(createS3({ buckets }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
  })
  let pages = 0
  let underWay = 0
  let atOnce = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'ListObjectsV2Command') return next(args)
        pages++
        atOnce = Math.max(atOnce, ++underWay)
        const answer = await next({ ...args, input: { ...args.input, MaxKeys: 3 } })
        underWay--
        return answer
      },
    { step: 'initialize' },
  )
  t.teardown(async () => {
    client.destroy()
    server.closeAllConnections()
    server.close()
    await Promise.all(buckets.map((bucket) => bucket.close()))
  })
  const put = (bucket: string, key: string, rest: object = {}) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'bytes', ...rest }))
  return {
    put,
    /** How many pages, of at most three names each, were listed. */
    pagesListed: () => pages,
    /** How many pages were asked for at the same time. */
    listedAtOnce: () => atOnce,
    original: s3OriginalBucket(client, 'original'),
    origin: s3OriginBucket(client, { bucket: 'origin', originalBucket: 'original' }),
    nowhere: s3OriginBucket(client, { bucket: 'nowhere', originalBucket: 'original' }),
  }
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error) => error.failure,
  )
const attributes = {
  contentType: 'image/png',
  cacheControl: 'max-age=1',
  metadata: { 'source-etag': '"a"' },
  kept: { ContentEncoding: 'gzip', ContentLanguage: 'de' },
}

t.test('copies any key with other attributes, and looks at the copy', async (t) => {
  const { put, original, origin } = await setUp(t)
  for (const key of ['img/a b+c&d%e#f(g)[h].png', 'img/å 🌷\'"*!.png', 'img/%41.png']) {
    await put('original', key, { ContentType: 'text/plain', Metadata: { author: 'me' } })
    const upload = await original.head(key)
    t.match(upload, { contentType: 'text/plain', metadata: { author: 'me' }, bytes: 5 })
    await origin.copy(key, upload?.etag ?? '', attributes)
    t.strictSame(await origin.head(key), { ...attributes, etag: upload?.etag, bytes: 5 })
    await origin.remove(key)
    t.equal(await origin.head(key), undefined)
  }
})

t.test('an upload with as much metadata as S3 allows is copied, and copied again', async (t) => {
  const { put, original, origin } = await setUp(t)
  const key = 'img/x.png'
  const settings = { cacheControl: 'max-age=1', cacheTags: true }
  const short = { title: 'x', alt: 'y' }
  const metadata = { ...short, note: 'n'.repeat(2048 - 'titlexaltynote'.length) }
  await put('original', key, { Metadata: metadata })
  t.equal(await mirror(key, { original, origin }, settings), 'copied')
  t.match((await origin.head(key))?.metadata, { ...short, note: undefined })
  t.equal(await mirror(key, { original, origin }, settings), 'unchanged')

  await put('original', key, { Metadata: metadata, Body: 'others' })
  t.equal(await mirror(key, { original, origin }, settings), 'copied')
  t.match((await origin.head(key))?.metadata, { ...short, note: undefined, replaces: String })
})

t.test('headers that the SDK cannot sign stay behind, and the copy is made', async (t) => {
  const { put, original, origin } = await setUp(t)
  const key = 'img/x.png'
  // Headers arrive in Latin-1: these are the UTF-8 of an é.
  await put('original', key, {
    CacheControl: 'max-age=60, x="\u00c3\u00a9"',
    ContentDisposition: 'inline; filename="\u00c3\u00a9.png"',
    ContentLanguage: 'fr',
    ContentType: 'image/x-\u00c3\u00a9',
  })
  const settings = { cacheControl: 'max-age=1', cacheTags: false }
  t.equal(await mirror(key, { original, origin }, settings), 'copied')
  const copy = await origin.head(key)
  t.strictSame(copy?.kept, { ContentLanguage: 'fr' })
  t.equal(copy?.contentType, 'image/png')
  t.equal(copy?.cacheControl, 'max-age=1')
  t.equal(await mirror(key, { original, origin }, settings), 'unchanged')
})

t.test('an original whose key leaves no room for a variant has none to purge', async (t) => {
  const { put, origin } = await setUp(t)
  const folders = `img/${'folder/'.repeat(143)}`
  const longest = folders.padEnd(1024, 'x')
  const justRoom = folders.padEnd(1024 - '150x20/'.length, 'x')
  for (const original of [longest, justRoom]) await put('origin', original)
  await put('origin', 'img/150x200/other.png')
  await put('origin', justRoom.replace('img/', 'img/150x20/'))
  const settings = { keyPrefixes: ['img/'], cacheTags: false }
  t.equal(await purge(longest, origin, settings), 0)
  t.equal(await purge(justRoom, origin, settings), 1)
})

t.test('tells conditions that do not hold, and what is missing', async (t) => {
  const { put, original, origin, nowhere } = await setUp(t)
  const key = 'img/x.png'
  t.equal(await failure(origin.copy(key, '"a"', attributes)), 'missing')
  await put('original', key)
  const etag = (await original.head(key))?.etag ?? ''
  t.equal(await failure(origin.copy(key, '"other"', attributes)), 'condition')
  await origin.copy(key, etag, attributes, { ifAbsent: true })
  t.equal(await failure(origin.copy(key, etag, attributes, { ifAbsent: true })), 'condition')
  t.equal(await failure(origin.remove(key, { ifMatch: '"other"' })), 'condition')
  await origin.remove(key, { ifMatch: etag })
  t.equal(await failure(nowhere.variantFolders('img/')), 'failed')
})

t.test('lists the folders of variants, over pages, and no further than it must', async (t) => {
  const { put, origin, pagesListed } = await setUp(t)
  const folders = ['1x1', '150x200', '9x9', '20X20']
  const letters = Array.from({ length: 20 }, (_, index) => `letters${index}`)
  const others = [...letters, '1', '1x', 'x1', '0x0a', '1x1x1']
  const keys = [...folders, ...others].map((folder) => `img/${folder}/x.png`)
  const files = [
    'img/x.png',
    'img/5x5',
    'img/1x1.png',
    'img/~.png',
    'other/7x7/x.png',
    'img2/8x8/x.png',
  ]
  await Promise.all([...keys, ...files].map((key) => put('origin', key)))
  t.strictSame((await origin.variantFolders('img/')).sort(), folders.sort())
  // Those that begin with a 1 are two pages, and each other digit is one, after the first look.
  t.equal(pagesListed(), 12)
  t.strictSame(await origin.variantFolders('nothing/'), [])
})

t.test('lists the folders of variants in one call, where these come first', async (t) => {
  const { put, origin, pagesListed } = await setUp(t)
  const keys = ['1x1/x.png', '9x9/x.png', 'a.png', 'b.png', 'c.png']
  await Promise.all(keys.map((key) => put('origin', `img/${key}`)))
  t.strictSame(await origin.variantFolders('img/'), ['1x1', '9x9'])
  t.equal(pagesListed(), 1)
})

t.test('lists many names that begin with digits side by side', async (t) => {
  const { put, origin, listedAtOnce } = await setUp(t)
  const names = [...'0123456789'].flatMap((digit) => [`${digit}a.png`, `${digit}x${digit}/x.png`])
  await Promise.all(names.map((name) => put('origin', `img/${name}`)))
  t.equal((await origin.variantFolders('img/')).length, 10)
  t.equal(listedAtOnce(), 10)
})

t.test('a write whose time is over is not sent', async (t) => {
  const { put, original, origin } = await setUp(t)
  await put('original', 'img/x.png')
  await put('origin', 'img/y.png')
  const upload = await original.head('img/x.png')
  const signal = AbortSignal.abort()
  const copied = origin.copy('img/x.png', upload?.etag ?? '', attributes, undefined, signal)
  t.equal(await failure(copied), 'aborted')
  t.equal(await failure(origin.remove('img/y.png', { signal })), 'aborted')
  t.equal(await origin.head('img/x.png'), undefined)
  t.ok(await origin.head('img/y.png'))
})
