import {
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createSidecars } from '../../../../infra/local/bucket/sidecars.ts'
import type { Bucket } from '../../../../infra/local/bucket.ts'
import { openBucket } from '../../../../infra/local/open-bucket.ts'
import { createS3 } from '../../../../infra/local/s3.ts'
import { serve } from '../http.ts'
import { bucketIn, createLog, startS3, temporaryFolder } from '../s3-server.ts'

t.test('a read is of one version, though it is replaced or removed meanwhile', async (t) => {
  const bucket = await bucketIn(t, await temporaryFolder(t))
  const first = Buffer.alloc(2_000_000, 'first')
  const { etag } = await bucket.write('x', first, { metadata: { version: 'first' } })
  const reading = await bucket.read('x')
  await bucket.write('x', Buffer.from('second'), { metadata: { version: 'second' } })
  await bucket.remove('x')
  t.match(reading?.info, { etag, bytes: first.length, metadata: { version: 'first' } })
  t.ok(reading && (await buffer(reading.body)).equals(first))
})

t.test('header and bytes belong together under a storm of writes', async (t) => {
  const bucket = await bucketIn(t, await temporaryFolder(t))
  const write = (i: number) =>
    bucket.write('a/x', Buffer.from(`version ${i}`), { metadata: { version: `${i}` } })
  await write(0)
  const writes = (async () => {
    for (let i = 1; i < 100; i++) await write(i)
  })()
  const reads = Array.from({ length: 4 }, async () => {
    for (let i = 0; i < 100; i++) {
      const found = await bucket.read('a/x')
      if (!found) return 'missing'
      const text = (await buffer(found.body)).toString()
      if (text !== `version ${found.info.metadata.version}`) return `${text} as another`
    }
    return 'consistent'
  })
  t.same(new Set(await Promise.all(reads)), new Set(['consistent']))
  await writes
})

t.test('keys that are folders of others come and go in any order', async (t) => {
  const bucket = await bucketIn(t, await temporaryFolder(t))
  const keys = ['a', 'a/b', 'a/b/c', 'a/', 'a//']
  for (let round = 0; round < 10; round++) {
    await Promise.all(keys.map((key) => bucket.write(key, Buffer.from(key), {})))
    const { objects } = await bucket.list()
    t.same(
      objects.map(({ key }) => key),
      ['a', 'a/', 'a//', 'a/b', 'a/b/c'],
    )
    for (const key of keys) {
      const found = await bucket.read(key)
      t.equal(found && (await buffer(found.body)).toString(), key)
    }
    await Promise.all(keys.slice(round % 3).map((key) => bucket.remove(key)))
  }
})

t.test('attributes stay with the bytes when the file is touched, moved or restored', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  const path = join(folder, 'origin/x.png')
  await bucket.write('x.png', Buffer.from('x'), { cacheControl: 'no-cache' })
  const before = new Date(2001, 1, 1)
  await utimes(path, before, before)
  t.match(await bucket.head('x.png'), { cacheControl: 'no-cache', lastModified: before })
  await writeFile(`${path}.copy`, 'x')
  await rename(`${path}.copy`, path)
  t.match(await bucket.head('x.png'), { cacheControl: 'no-cache' })
})

t.test('a list sees what was put into a folder that was just listed', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  for (let i = 0; i < 20; i++) {
    await writeFile(join(folder, 'origin', `${i}`), '')
    t.equal((await bucket.list()).objects.length, i + 1)
  }
})

t.test('links lead to pictures elsewhere, and a loop of them ends', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  await mkdir(join(folder, 'pictures'))
  await writeFile(join(folder, 'pictures/x.png'), 'x')
  await symlink(join(folder, 'pictures'), join(folder, 'origin/img'))
  await symlink(join(folder, 'pictures'), join(folder, 'pictures/loop'))
  const { objects } = await bucket.list()
  t.same(
    objects.map(({ key }) => key),
    ['img/x.png'],
  )
})

t.test('what is written is kept, though all folders were removed meanwhile', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  const write = () => bucket.write('img/x.png', Buffer.from('x'), { cacheControl: 'no-cache' })
  await write()
  for (const name of ['origin', '.objects']) await rm(join(folder, name), { recursive: true })
  t.equal(await bucket.head('img/x.png'), undefined)
  await write()
  t.match(await (await bucketIn(t, folder)).head('img/x.png'), { cacheControl: 'no-cache' })
})

t.test('a folder that cannot be used is named', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'origin'), 'a file')
  await t.rejects(openBucket(folder, 'origin'), { message: join(folder, 'origin') })
})

t.test('what cannot be read is an error, never a missing object', async (t) => {
  const { base, data, log } = await startS3(t)
  await symlink('loop', join(data, 'origin/loop'))
  const answer = await fetch(new URL('/origin/loop/x.png', base))
  t.equal(answer.status, 500)
  t.match(await answer.text(), '<Code>InternalError</Code>')
  t.match(log.lines, [{ message: 'a request failed' }])
})

t.test('a sidecar that cannot be written leaves nothing behind', async (t) => {
  const folder = await temporaryFolder(t)
  const sidecars = createSidecars(folder, createLog())
  sidecars.save('x', [])
  const [sidecar = ''] = await filesIn(folder)
  await rm(sidecar)
  await mkdir(sidecar)
  t.throws(() => sidecars.save('x', []))
  t.same(await filesIn(folder), [])
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

t.test('what the disk denies is logged, with its path', async (t) => {
  const log = createLog()
  const bucket = await bucketIn(t, await temporaryFolder(t))
  const error = Object.assign(new Error("permission denied, open '/x.png'"), { code: 'EACCES' })
  const closed: Bucket = { ...bucket, read: () => Promise.reject(error) }
  const base = await serve(t, createS3({ buckets: [closed], log }))
  const answer = await fetch(new URL('/origin/x.png', base))
  t.equal(answer.status, 403)
  t.match(await answer.text(), '<Code>AccessDenied</Code>')
  t.match(log.lines, [{ message: 'a request failed', details: { error: String(error) } }])
})

t.test('temporary files are no objects, wherever they are', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  await mkdir(join(folder, 'origin/.%tmp'))
  await writeFile(join(folder, 'origin/.%tmp/upload'), 'half')
  t.same((await bucket.list()).objects, [])
  t.equal(await bucket.head('.%tmp/upload'), undefined)
  t.ok((await stat(join(folder, '.objects/origin/tmp'))).isDirectory())
})

t.test('an object of the name of a link to a folder leaves the link alone', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  const pictures = await temporaryFolder(t)
  await writeFile(join(pictures, 'a.png'), 'a')
  await symlink(pictures, join(folder, 'origin/img'))
  await bucket.write('img', Buffer.from('x'), {})
  const keys = (await bucket.list()).objects.map(({ key }) => key)
  t.same(keys, ['img', 'img/a.png'])
  const found = await bucket.read('img')
  t.equal(found && (await buffer(found.body)).toString(), 'x')
})

t.test('why there is no place for an object is said', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  await symlink(join(folder, 'nowhere/at/all'), join(folder, 'origin/img'))
  await t.rejects(bucket.write('img/x', Buffer.from('x'), {}), { message: /"img\/x".*ENOENT/ })
})

t.test('a file may take the place of a folder while a list is made', async (t) => {
  const folder = await temporaryFolder(t)
  const bucket = await bucketIn(t, folder)
  const root = join(folder, 'origin')
  // To hash these takes a while: the last one is looked at behind them.
  for (let i = 0; i < 40; i++) {
    await writeFile(join(root, `a${i}`), '')
    await truncate(join(root, `a${i}`), 16 * 1024 * 1024)
  }
  await mkdir(join(root, 'z'))
  await writeFile(join(root, 'z/y'), 'y')
  const listing = bucket.list()
  listing.catch(() => undefined)
  await sleep(150)
  await rm(join(root, 'z'), { recursive: true })
  await writeFile(join(root, 'z'), 'z')
  const last = (await listing).objects.at(-1)?.key
  t.ok(last === 'a9' || last === 'z/y', `the last is ${last}`)
})
