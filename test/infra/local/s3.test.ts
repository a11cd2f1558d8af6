import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { compareUtf8 } from '../../../infra/local/bucket/utf8-order.ts'
import { oddKeys } from './odd-keys.ts'
import { startS3 } from './s3-server.ts'

const Bucket = 'origin'

function put(client: S3Client, Key: string, Body: string | Buffer, more = {}) {
  return client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
}

async function read(client: S3Client, Key: string, more = {}) {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
  return { ...answer, bytes }
}

function failure(promise: Promise<unknown>): Promise<[string, number]> {
  return promise.then(
    () => ['none', 200],
    (error) => [error.name, error.$metadata?.httpStatusCode],
  )
}

t.test('what was put comes back', async (t) => {
  const { client } = await startS3(t)
  const given = {
    ContentType: 'image/png',
    CacheControl: 'public, max-age=604800',
    ContentDisposition: 'inline',
    ContentLanguage: 'de',
    ContentEncoding: 'gzip',
    Metadata: { 'source-etag': '"abc"', name: 'é' },
  }
  const bytes = Buffer.from('a picture')
  const { ETag } = await put(client, 'img/x.png', bytes, given)
  t.equal(ETag, `"${createHash('md5').update(bytes).digest('hex')}"`)
  const got = await read(client, 'img/x.png')
  t.same(got.bytes, bytes)
  t.match(got, { ...given, ETag, ContentLength: bytes.length })
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'img/x.png' }))
  t.match(head, { ...given, ETag, ContentLength: bytes.length })
})

t.test('a stream, sent aws-chunked with a trailer, is stored without its frame', async (t) => {
  const { client } = await startS3(t)
  const bytes = Buffer.alloc(3_000_000, 'stream')
  const parts = [bytes.subarray(0, 1_000_001), bytes.subarray(1_000_001)]
  const input: PutObjectCommandInput = {
    Bucket,
    Key: 'stream',
    Body: Readable.from(parts),
    ContentLength: bytes.length,
  }
  await client.send(new PutObjectCommand(input))
  const got = await read(client, 'stream')
  t.ok(got.bytes.equals(bytes))
  t.equal(got.ContentEncoding, undefined)
  t.ok(got.ChecksumCRC32, 'the checksum of the trailer is kept and answered')
})

t.test('every checksum is verified, kept and answered', async (t) => {
  const { client } = await startS3(t)
  const wrong = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }
  for (const [algorithm, bytes] of Object.entries(wrong)) {
    const key = `sum-${algorithm}`
    const name = `Checksum${algorithm}`
    const put1 = await put(client, key, 'bytes', { ChecksumAlgorithm: algorithm })
    const got = await read(client, key)
    t.ok(got[name as 'ChecksumCRC32'], `${algorithm} is answered`)
    t.equal(got[name as 'ChecksumCRC32'], put1[name as 'ChecksumCRC32'])
    const corrupted = { [name]: Buffer.alloc(bytes, 1).toString('base64') }
    t.same(await failure(put(client, 'bad', 'bytes', corrupted)), ['BadDigest', 400])
  }
  const md5 = Buffer.alloc(16, 1).toString('base64')
  t.same(await failure(put(client, 'bad', 'bytes', { ContentMD5: md5 })), ['BadDigest', 400])
  t.same(await failure(put(client, 'bad', 'bytes', { ContentMD5: 'x' })), ['InvalidDigest', 400])
  t.same(await failure(read(client, 'bad')), ['NoSuchKey', 404])
})

t.test('of eight racing writers one wins', async (t) => {
  const { client } = await startS3(t)
  const race = (condition: object) =>
    Promise.all(
      Array.from({ length: 8 }, (_, i) => failure(put(client, 'race', `writer ${i}`, condition))),
    )
  const count = (results: [string, number][], name: string) =>
    results.filter(([found]) => found === name).length

  const first = await race({ IfNoneMatch: '*' })
  t.equal(count(first, 'none'), 1)
  t.equal(count(first, 'PreconditionFailed'), 7)
  const winner = first.findIndex(([name]) => name === 'none')
  const stored = await read(client, 'race')
  t.equal(stored.bytes.toString(), `writer ${winner}`)

  await put(client, 'race', 'another')
  const { ETag } = await read(client, 'race')
  const second = await race({ IfMatch: ETag })
  t.equal(count(second, 'none'), 1)
  t.equal(count(second, 'PreconditionFailed'), 7)
  t.same(await failure(put(client, 'none', 'x', { IfMatch: ETag })), ['NoSuchKey', 404])
})

t.test('a copy keeps or replaces the metadata, and honours its conditions', async (t) => {
  const { client } = await startS3(t)
  const key = `img/a b+c&d%é?#.png`
  const CopySource = `${Bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
  const attributes = { ContentType: 'image/png', CacheControl: 'no-cache', Metadata: { a: '1' } }
  const { ETag } = await put(client, key, 'source', attributes)
  const copy = (more: object) =>
    client.send(new CopyObjectCommand({ Bucket: 'original', Key: 'copy', CopySource, ...more }))
  const copied = () => read(client, 'copy', { Bucket: 'original' })

  const { CopyObjectResult } = await copy({ CopySourceIfMatch: ETag })
  t.equal(CopyObjectResult?.ETag, ETag)
  t.match(await copied(), { ...attributes, ETag, bytes: Buffer.from('source') })
  await copy({ MetadataDirective: 'REPLACE', ContentType: 'image/gif', Metadata: { b: '2' } })
  const replaced = await copied()
  t.match(replaced, { ContentType: 'image/gif', Metadata: { b: '2' }, CacheControl: undefined })
  t.notOk(replaced.Metadata?.a)

  const failed = ['PreconditionFailed', 412]
  t.same(await failure(copy({ CopySourceIfMatch: '"other"' })), failed)
  t.same(await failure(copy({ CopySourceIfNoneMatch: ETag })), failed)
  t.same(await failure(copy({ IfNoneMatch: '*' })), failed)
  t.same(await failure(copy({ CopySource: `${Bucket}/nothing` })), ['NoSuchKey', 404])
  const onItself = { Bucket, Key: key, CopySource }
  t.same(await failure(client.send(new CopyObjectCommand(onItself))), ['InvalidRequest', 400])
})

t.test(
  'a copy that is refused leaves no file open',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const { client } = await startS3(t)
    await put(client, 'large', Buffer.alloc(1_000_000))
    const copy = (more: object) => {
      const input = { Bucket, Key: 'copy', CopySource: `${Bucket}/large`, ...more }
      return failure(client.send(new CopyObjectCommand(input)))
    }
    const openSources = async () => {
      const files = await readdir('/proc/self/fd')
      const paths = await Promise.all(
        files.map((file) => readlink(`/proc/self/fd/${file}`, 'utf8').catch(() => '')),
      )
      return paths.filter((path) => path.endsWith('/large')).length
    }
    const Metadata = { long: 'x'.repeat(3000) }
    t.same(await copy({ MetadataDirective: 'REPLACE', Metadata }), ['MetadataTooLarge', 400])
    t.same(await copy({ Bucket: 'nowhere' }), ['NoSuchBucket', 404])
    t.equal(await openSources(), 0)
  },
)

t.test('deleting', async (t) => {
  const { client } = await startS3(t)
  const remove = (Key: string, more = {}) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, ...more }))
  const { ETag } = await put(client, 'x', 'x')
  t.same(await failure(remove('x', { IfMatch: '"other"' })), ['PreconditionFailed', 412])
  t.equal((await read(client, 'x')).bytes.toString(), 'x')
  t.same(await failure(remove('x', { IfMatch: ETag })), ['none', 200])
  t.same(await failure(read(client, 'x')), ['NoSuchKey', 404])
  t.same(await failure(remove('x')), ['none', 200], 'what is not there may be deleted')

  for (const key of ['a&b', 'c d', 'e']) await put(client, key, key)
  const Objects = ['a&b', 'c d', 'e', 'nothing'].map((Key) => ({ Key }))
  const several = new DeleteObjectsCommand({ Bucket, Delete: { Objects } })
  t.same((await client.send(several)).Deleted, Objects)
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }))
  t.equal(KeyCount, 0)
})

t.test('lists with prefix, delimiter and pages', async (t) => {
  const { client, origin } = await startS3(t)
  const variants = ['100x100', '150x200', '200x100']
  const keys = variants.flatMap((variant) =>
    Array.from({ length: 5 }, (_, i) => `img/${variant}/${i}.png`),
  )
  for (const key of [...keys, 'img/x.png', 'blog/y.png', 'img-z']) {
    await origin.write(key, Buffer.from(key), {})
  }
  const pages = async (input: object) => {
    const found: string[][] = []
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, ContinuationToken, ...input }),
      )
      const prefixes = page.CommonPrefixes?.map(({ Prefix }) => Prefix as string) ?? []
      found.push([...(page.Contents?.map(({ Key }) => Key as string) ?? []), ...prefixes])
      ContinuationToken = page.NextContinuationToken
      t.equal(page.IsTruncated, ContinuationToken !== undefined)
      if (!ContinuationToken) return found
    }
  }
  const all = [...keys, 'blog/y.png', 'img-z', 'img/x.png'].sort(compareUtf8)
  t.same((await pages({})).flat(), all)
  const paged = await pages({ MaxKeys: 4 })
  t.same(paged.flat(), all)
  t.same(
    paged.map((page) => page.length),
    [4, 4, 4, 4, 2],
  )
  const folders = variants.map((variant) => `img/${variant}/`)
  t.same(await pages({ Prefix: 'img/', Delimiter: '/' }), [['img/x.png', ...folders]])
  t.same((await pages({ Prefix: 'img/', Delimiter: '/', MaxKeys: 1 })).flat(), [
    ...folders,
    'img/x.png',
  ])
  t.same((await pages({ Delimiter: '0x' })).flat(), [
    'blog/y.png',
    'img-z',
    'img/x.png',
    'img/100x',
    'img/150x',
    'img/200x',
  ])
  t.same((await pages({ StartAfter: 'img/200x100/3.png' })).flat(), [
    'img/200x100/4.png',
    'img/x.png',
  ])
  t.same((await pages({ Prefix: 'img/15' })).flat().length, 5)
  t.same((await pages({ Prefix: 'none' })).flat(), [])

  const old = await client.send(
    new ListObjectsCommand({ Bucket, Prefix: 'img/', Delimiter: '/', MaxKeys: 2 }),
  )
  t.equal(old.NextMarker, 'img/150x200/')
  const rest = await client.send(
    new ListObjectsCommand({ Bucket, Prefix: 'img/', Delimiter: '/', Marker: old.NextMarker }),
  )
  t.same(rest.CommonPrefixes, [{ Prefix: 'img/200x100/' }])
  t.match(rest.Contents, [{ Key: 'img/x.png', Size: 9 }])
})

t.test('ranges and conditions of a read', async (t) => {
  const { client } = await startS3(t)
  const { ETag } = await put(client, 'x', '0123456789')
  for (const [Range, expected, ContentRange] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ] as const) {
    const got = await read(client, 'x', { Range })
    t.equal(got.bytes.toString(), expected, Range)
    t.equal(got.ContentRange, ContentRange)
    t.equal(got.$metadata.httpStatusCode, 206)
  }
  t.same(await failure(read(client, 'x', { Range: 'bytes=10-' })), ['InvalidRange', 416])
  t.same(await failure(read(client, 'x', { IfMatch: '"other"' })), ['PreconditionFailed', 412])
  t.equal((await failure(read(client, 'x', { IfNoneMatch: ETag })))[1], 304)
  t.equal((await failure(read(client, 'x', { IfModifiedSince: new Date() })))[1], 304)
  t.same(await failure(read(client, 'x', { IfMatch: ETag })), ['none', 200])
  await put(client, 'empty', '')
  t.equal((await read(client, 'empty')).bytes.length, 0)
})

t.test('a read may set headers of its answer', async (t) => {
  const { client } = await startS3(t)
  const stored = { ContentType: 'image/png', CacheControl: 'no-cache', Metadata: { a: '1' } }
  await put(client, 'x', '0123456789', stored)
  const asked = {
    ResponseContentType: 'text/plain',
    ResponseContentLanguage: 'de',
    ResponseExpires: new Date('2030-01-01T00:00:00Z'),
    ResponseCacheControl: 'no-store',
    ResponseContentDisposition: 'attachment; filename="é.png"',
    ResponseContentEncoding: 'identity',
  }
  const answered = {
    ContentType: 'text/plain',
    ContentLanguage: 'de',
    ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
    CacheControl: 'no-store',
    ContentDisposition: 'attachment; filename="é.png"',
    ContentEncoding: 'identity',
    Metadata: { a: '1' },
  }
  t.match(await read(client, 'x', asked), answered)
  t.match(await read(client, 'x', { ...asked, Range: 'bytes=2-4' }), answered)
  t.match(await client.send(new HeadObjectCommand({ Bucket, Key: 'x', ...asked })), answered)
  t.match(await read(client, 'x'), stored, 'once')
  for (const value of ['倉.png', 'a\nb: c']) {
    const refused = read(client, 'x', { ResponseContentDisposition: value })
    t.same(await failure(refused), ['InvalidArgument', 400])
  }
})

t.test('addresses signed in advance are served, with either signature', async (t) => {
  const { base, client } = await startS3(t)
  await put(client, 'x', 'signed')
  // The second form is what the AWS command line makes for us-east-1.
  const v4 = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=0a'
  const v2 = 'AWSAccessKeyId=laptop&Signature=JnPK%3D&Expires=1795448992'
  for (const query of [v4, v2]) {
    const answer = await fetch(new URL(`/origin/x?${query}`, base))
    t.equal(await answer.text(), 'signed')
  }
})

t.test('a part of an object is not served as the whole of it', async (t) => {
  const { base, client } = await startS3(t)
  await put(client, 'x', '0123456789')
  t.same(await failure(read(client, 'x', { PartNumber: 1 })), ['NotImplemented', 501])
  const answer = await fetch(new URL('/origin/x?partNumber=1', base))
  t.match(await answer.text(), 'partNumber is not implemented here')
  const head = new HeadObjectCommand({ Bucket, Key: 'x', PartNumber: 1 })
  t.equal((await failure(client.send(head)))[1], 501)
})

t.test('what is meant for an upload in parts is no upload of the object', async (t) => {
  const { base, client } = await startS3(t)
  await put(client, 'x', '0123456789')
  for (const [query, status] of [
    ['partNumber=1', 501],
    ['uploads', 405],
  ] as const) {
    for (const method of ['PUT', 'DELETE']) {
      const answer = await fetch(new URL(`/origin/x?${query}`, base), { method })
      t.equal(answer.status, status, `${method} ?${query}`)
    }
  }
  t.equal((await read(client, 'x')).bytes.toString(), '0123456789')
})

t.test(
  'all the odd keys live side by side, and are listed in the order of their bytes',
  async (t) => {
    const { client } = await startS3(t)
    for (const key of oddKeys) await put(client, key, key, { Metadata: { of: 'odd' } })
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }))
    t.same(
      Contents?.map(({ Key }) => Key),
      [...oddKeys].sort(compareUtf8),
    )
    for (const key of oddKeys) {
      const got = await read(client, key)
      t.equal(got.bytes.toString(), key)
      t.same(got.Metadata, { of: 'odd' })
      const CopySource = `${Bucket}/${encodeURIComponent(key)}`
      await client.send(new CopyObjectCommand({ Bucket: 'original', Key: key, CopySource }))
    }
    const Objects = oddKeys.map((Key) => ({ Key }))
    const gone = new DeleteObjectsCommand({ Bucket: 'original', Delete: { Objects } })
    t.equal((await client.send(gone)).Deleted?.length, oddKeys.length)
    const after = await client.send(new ListObjectsV2Command({ Bucket: 'original' }))
    t.equal(after.KeyCount, 0)
  },
)

t.test('under a key whose path is too long for the disk there is nothing', async (t) => {
  const { client, log } = await startS3(t)
  const Key = '/'.repeat(1024)
  t.same(await failure(read(client, Key)), ['NoSuchKey', 404])
  t.same(await failure(client.send(new HeadObjectCommand({ Bucket, Key }))), ['NotFound', 404])
  await t.resolves(client.send(new DeleteObjectCommand({ Bucket, Key })))
  t.same(log.lines, [])
  t.same(await failure(put(client, Key, 'x')), ['KeyTooLongError', 400])
  t.match(log.lines, [{ details: { error: /ENAMETOOLONG/ } }], 'the disk is named, not the key')
})

t.test('buckets', async (t) => {
  const { client } = await startS3(t)
  const { Buckets } = await client.send(new ListBucketsCommand({}))
  t.same(Buckets?.map(({ Name }) => Name).sort(), ['origin', 'original'])
  await client.send(new HeadBucketCommand({ Bucket }))
  const location = await client.send(new GetBucketLocationCommand({ Bucket }))
  t.notOk(location.LocationConstraint)
  t.same(await failure(client.send(new HeadBucketCommand({ Bucket: 'none' }))), ['NotFound', 404])
  t.same(await failure(read(client, 'x', { Bucket: 'none' })), ['NoSuchBucket', 404])
  const create = (name: string) => client.send(new CreateBucketCommand({ Bucket: name }))
  t.same(await failure(create(Bucket)), ['BucketAlreadyOwnedByYou', 409])
  t.same(await failure(create('more')), ['AccessDenied', 403])
  t.same(await failure(put(client, 'k'.repeat(1025), '')), ['KeyTooLongError', 400])
})

t.test('a restart keeps everything', async (t) => {
  const first = await startS3(t)
  await put(first.client, 'img/x.png', 'x', { CacheControl: 'no-cache', Metadata: { a: '1' } })
  const before = await read(first.client, 'img/x.png')
  await first.origin.close()
  const second = await startS3(t, first.data)
  const { ETag, LastModified, CacheControl, Metadata, ContentType, ChecksumCRC32 } = before
  t.match(await read(second.client, 'img/x.png'), {
    ...{ ETag, LastModified, CacheControl, Metadata, ContentType, ChecksumCRC32 },
    bytes: Buffer.from('x'),
  })
})

t.test('a file put there by hand is an object at once', async (t) => {
  const { client, data } = await startS3(t)
  await mkdir(join(data, 'origin/img'))
  const path = join(data, 'origin/img/by hand.jpg')
  await writeFile(path, 'one')
  const list = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents
  t.match(await list(), [{ Key: 'img/by hand.jpg', Size: 3 }])
  const one = await read(client, 'img/by hand.jpg')
  t.match(one, { ContentType: 'image/jpeg', bytes: Buffer.from('one') })
  t.equal(one.ETag, `"${createHash('md5').update('one').digest('hex')}"`)
  await writeFile(path, 'two')
  const two = await read(client, 'img/by hand.jpg')
  t.equal(two.ETag, `"${createHash('md5').update('two').digest('hex')}"`)

  await put(client, 'img/put.png', 'put', { ContentType: 'text/plain', Metadata: { a: '1' } })
  t.equal(await readFile(join(data, 'origin/img/put.png'), 'utf8'), 'put')
  await writeFile(join(data, 'origin/img/put.png'), 'changed by hand')
  const changed = await read(client, 'img/put.png')
  t.match(changed, { ContentType: 'image/png', bytes: Buffer.from('changed by hand') })
  t.same(changed.Metadata, {}, 'what was said of other bytes is no longer said')
})

t.test('a damaged sidecar is logged once with its path, and no crash', async (t) => {
  const first = await startS3(t)
  await put(first.client, 'img/x.png', 'x', { Metadata: { a: '1' } })
  const sidecars = join(first.data, '.objects/origin/sidecars')
  const [folder] = await readdir(sidecars)
  const [file] = await readdir(join(sidecars, folder as string))
  const path = join(sidecars, folder as string, file as string)
  for (const damage of ['{"key":', '[]', '{"key":"img/x.png","versions":[{"file":1}]}']) {
    await writeFile(path, damage)
    const { client, log } = await startS3(t, first.data)
    const got = await read(client, 'img/x.png')
    t.match(got, { ContentType: 'image/png', Metadata: {}, bytes: Buffer.from('x') })
    await read(client, 'img/x.png')
    t.same(
      log.lines.map(({ details }) => details.path),
      [path],
    )
  }
})

t.test('what the disk denies to DeleteObjects is logged, too', async (t) => {
  const { client, data, log } = await startS3(t)
  await symlink('loop', join(data, 'origin/loop'))
  const Delete = { Objects: [{ Key: 'loop' }] }
  const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }))
  t.match(Errors, [{ Key: 'loop', Code: 'InternalError' }])
  t.match(log.lines, [{ details: { error: /ELOOP/ } }])
})
