import { randomUUID } from 'node:crypto'
import { lutimes, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { copyBeside } from '../../../../infra/local/bucket/copy-beside.ts'
import { makeSamples } from '../../../../infra/local/samples.ts'
import { bucketIn, startS3, temporaryFolder } from '../s3-server.ts'

const Bucket = 'origin'
const Key = 'img/a/x.png'

/** A folder on another file system than that of temporary files, or why there is none. */
async function otherDisk(): Promise<{ folder: string } | { reason: string }> {
  try {
    const folder = await mkdtemp('/dev/shm/rightsize-')
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    if ((await stat(folder)).dev !== (await stat(tmpdir())).dev) return { folder }
    return { reason: '/dev/shm is no other file system' }
  } catch (error) {
    return { reason: `no second file system: ${error}` }
  }
}

const disk = await otherDisk()
const { folder, skip } =
  'folder' in disk ? { ...disk, skip: false } : { folder: '', skip: disk.reason }

/** The laptop's S3, where `img/` is a folder on the other disk. */
async function start(t: Test) {
  const s3 = await startS3(t)
  const pictures = await mkdtemp(join(folder, 'pictures-'))
  await symlink(pictures, join(s3.data, 'origin/img'))
  const left = async () => [
    ...(await readdir(join(s3.data, '.objects/origin/tmp'))),
    ...(await filesIn(pictures)).filter((name) => !name.endsWith('.png')),
  ]
  return { ...s3, pictures, left }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

t.test('a folder that is a link to another disk', { skip }, async (t) => {
  t.test('takes what is put, copied, and completed from parts', async (t) => {
    const { client, pictures, left } = await start(t)
    const put = { Bucket, Key, Body: 'a picture', CacheControl: 'no-cache' }
    const { ETag } = await client.send(new PutObjectCommand(put))
    await client.send(new PutObjectCommand({ ...put, Key: 'source', Body: 'source' }))
    const copy = { Bucket, Key: 'img/copy.png', CopySource: `${Bucket}/source` }
    await client.send(new CopyObjectCommand(copy))
    const parts = { Bucket, Key: 'img/parts.png' }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(parts))
    const part = { ...parts, UploadId, PartNumber: 1, Body: 'parts' }
    const uploaded = await client.send(new UploadPartCommand(part))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: uploaded.ETag }] }
    await client.send(new CompleteMultipartUploadCommand({ ...parts, UploadId, MultipartUpload }))

    const read = async (Key: string) => {
      const got = await client.send(new GetObjectCommand({ Bucket, Key }))
      return { ...got, text: await got.Body?.transformToString() }
    }
    t.match(await read(Key), { text: 'a picture', ETag, CacheControl: 'no-cache' })
    t.match(await read('img/copy.png'), { text: 'source', CacheControl: 'no-cache' })
    t.match(await read('img/parts.png'), { text: 'parts', ETag: /-1"$/ })
    t.same((await filesIn(pictures)).sort(), ['copy.png', 'parts.png', 'x.png'])
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'img/' }))
    t.same(
      Contents?.map(({ Key }) => Key),
      [Key, 'img/copy.png', 'img/parts.png'],
    )
    t.same(await left(), [])
  })

  t.test('keeps a condition', async (t) => {
    const { client, left } = await start(t)
    const put = { Bucket, Key, Body: 'first', IfNoneMatch: '*' }
    await client.send(new PutObjectCommand(put))
    const again = client.send(new PutObjectCommand({ ...put, Body: 'second' }))
    await t.rejects(again, { name: 'PreconditionFailed' })
    t.same(await left(), [])
  })

  t.test('shows its readers whole versions alone', async (t) => {
    const { origin, left } = await start(t)
    const write = (i: number) => {
      const bytes = Buffer.alloc(3_000_000, `${i % 10}`)
      return origin.write(Key, bytes, { metadata: { version: `${i % 10}` } })
    }
    await write(0)
    let done = false
    const writes = (async () => {
      for (let i = 1; i < 20; i++) await write(i)
    })().finally(() => {
      done = true
    })
    while (!done) {
      const found = await origin.read(Key)
      const bytes = found && (await buffer(found.body))
      const whole = Buffer.alloc(3_000_000, found?.info.metadata.version)
      if (!t.ok(bytes?.equals(whole), `version ${found?.info.metadata.version}`)) break
      t.same(
        (await origin.list()).objects.map(({ key }) => key),
        [Key],
      )
    }
    await writes
    t.same(await left(), [])
  })

  t.test('has keys that are folders of others', async (t) => {
    const { origin, left } = await start(t)
    const keys = ['img/a.png', 'img/a.png/b.png', 'img/a.png/b.png/c.png']
    for (let round = 0; round < 10; round++) {
      await Promise.all(keys.map((key) => origin.write(key, Buffer.from(key), {})))
      for (const key of keys) {
        const found = await origin.read(key)
        t.equal(found && (await buffer(found.body)).toString(), key)
      }
      await Promise.all(keys.slice(round % 2).map((key) => origin.remove(key)))
    }
    t.same(
      (await left()).filter((name) => !name.startsWith('.%!')),
      [],
    )
  })

  t.test('leaves nothing when a file comes in the place of the folder', async (t) => {
    const { data } = await start(t)
    const temporary = join(data, '.objects/origin/tmp')
    const [staged, file] = [join(temporary, 'staged'), join(folder, 'file')]
    for (const path of [staged, file]) await writeFile(path, '')
    await t.rejects(copyBeside(staged, file, temporary), { code: 'ENOTDIR' })
    t.same(await readdir(temporary), ['staged'])

    // A crash then leaves a link that leads below a file.
    const link = join(temporary, 'link')
    await symlink(join(file, `.%copy-${randomUUID()}`), link)
    await lutimes(link, new Date(0), new Date(0))
    await bucketIn(t, data)
    t.same(await readdir(temporary), ['staged'])
  })

  t.test('takes the sample pictures', async (t) => {
    const data = await temporaryFolder(t)
    const pictures = await mkdtemp(join(folder, 'samples-'))
    await symlink(pictures, join(data, 'original'))
    t.same(await makeSamples(join(data, 'original'), 'img/', 1), ['img/x.png'])
    t.same(await filesIn(pictures), ['x.png'])
  })

  t.test('is rid of what a crash left there', async (t) => {
    const { data, pictures, origin } = await start(t)
    const temporary = join(data, '.objects/origin/tmp')
    const staged = join(await temporaryFolder(t), 'staged')
    await writeFile(staged, 'half')
    const copy = await copyBeside(staged, join(data, 'origin/img'), temporary)
    t.same(await filesIn(pictures), [copy.path.split('/').at(-1)])
    t.same((await origin.list()).objects, [])
    await bucketIn(t, data)
    t.equal((await filesIn(pictures)).length, 1, 'it may be another process that writes it')
    const [link = ''] = await readdir(temporary)
    await lutimes(join(temporary, link), new Date(0), new Date(0))
    await bucketIn(t, data)
    t.same([...(await filesIn(pictures)), ...(await readdir(temporary))], [])
  })
})
