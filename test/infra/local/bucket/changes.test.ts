import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import {
  appendFile,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ChangeTimes } from '../../../../infra/local/bucket/changes.ts'
import type { Bucket, BucketChange } from '../../../../infra/local/bucket.ts'
import { bucketIn, createLog, temporaryFolder } from '../s3-server.ts'

/** Listens, and waits for what it hears. */
function listen(bucket: Bucket) {
  const heard: BucketChange[] = []
  const stop = bucket.onChange((change) => {
    heard.push(change)
  })
  const until = async (type: BucketChange['type'], key: string, bytes?: number) => {
    const isIt = (change: BucketChange) =>
      change.type === type && change.key === key && (bytes === undefined || change.bytes === bytes)
    while (!heard.some(isIt)) await sleep(5)
    return heard.splice(heard.findIndex(isIt), 1)[0]
  }
  return { heard, stop, until }
}

async function open(t: Test, folder?: string, times: Partial<ChangeTimes> = {}) {
  const data = folder ?? (await temporaryFolder(t))
  const log = createLog()
  const bucket = await bucketIn(t, data, 'original', { log, rescanMs: 60_000, ...times })
  return { data, log, bucket, path: (name: string) => join(data, 'original', name) }
}

t.test('writes and removals through the bucket', async (t) => {
  const { bucket } = await open(t)
  const { until } = listen(bucket)
  const { etag } = await bucket.write('img/x.png', Buffer.from('x'), {})
  t.match(await until('created', 'img/x.png'), { bytes: 1, etag })
  await bucket.remove('img/x.png')
  t.ok(await until('removed', 'img/x.png'))
})

t.test('files put, changed, moved and removed by hand, in new folders too', async (t) => {
  const { bucket, path } = await open(t)
  const { until } = listen(bucket)
  await writeFile(path('a.png'), 'a')
  await until('created', 'a.png')
  await mkdir(path('new/deep'), { recursive: true })
  await writeFile(path('new/deep/b.png'), 'b')
  await until('created', 'new/deep/b.png')
  await writeFile(path('new/deep/b.png'), 'changed')
  t.match(await until('created', 'new/deep/b.png', 7), { bytes: 7 })
  await rename(path('new'), path('moved'))
  await until('created', 'moved/deep/b.png')
  await until('removed', 'new/deep/b.png')
  await rm(path('moved'), { recursive: true })
  t.match(await until('removed', 'moved/deep/b.png'), { bytes: 0 })
})

t.test('a folder that takes the place of another at once is watched like any other', async (t) => {
  const { bucket, path } = await open(t)
  const { until } = listen(bucket)
  await mkdir(path('img/next'), { recursive: true })
  await mkdir(path('img/now'))
  await writeFile(path('img/now/a.png'), 'a')
  await until('created', 'img/now/a.png')
  await writeFile(path('img/next/b.png'), 'b')
  await until('created', 'img/next/b.png')

  renameSync(path('img/now'), path('img/old'))
  renameSync(path('img/next'), path('img/now'))
  await until('created', 'img/now/b.png')
  await writeFile(path('img/now/c.png'), 'c')
  await until('created', 'img/now/c.png')

  rmSync(path('img'), { recursive: true })
  mkdirSync(path('img/now'), { recursive: true })
  await until('removed', 'img/now/c.png')
  await writeFile(path('img/now/d.png'), 'd')
  await until('created', 'img/now/d.png')
})

t.test("a file and a folder that take each other's place at once", async (t) => {
  const { data, bucket, path } = await open(t)
  const { until } = listen(bucket)
  await writeFile(path('x'), 'a file')
  await until('created', 'x')

  rmSync(path('x'))
  mkdirSync(path('x'))
  writeFileSync(path('x/a.png'), 'a')
  await until('created', 'x/a.png')
  await until('removed', 'x')

  renameSync(path('x'), join(data, 'elsewhere'))
  writeFileSync(path('x'), 'a file again')
  await until('created', 'x')
  await until('removed', 'x/a.png')
})

t.test('a link to where it lies makes no keys of its own', async (t) => {
  const { bucket, path } = await open(t)
  const { heard, until } = listen(bucket)
  await symlink('.', path('loop'))
  for (const name of ['a.png', 'b.png', 'c.png']) {
    await writeFile(path(name), 'x')
    await until('created', name)
  }
  t.same(heard, [])
})

t.test('a file that is still growing is told of when it is complete', async (t) => {
  // Far longer than any pause between two parts, on a busy machine too.
  const { bucket, path } = await open(t, undefined, { settleMs: 1000 })
  const { heard, until } = listen(bucket)
  for (let i = 0; i < 20; i++) {
    await appendFile(path('slow.png'), 'part ')
    await sleep(2)
  }
  await until('created', 'slow.png', 100)
  t.same(
    heard.filter(({ bytes }) => bytes < 100),
    [],
  )
})

t.test('what changed while nobody was there is told at the next start', async (t) => {
  const { data, bucket, path } = await open(t)
  listen(bucket)
  for (const name of ['stays.png', 'goes.png', 'changes.png']) await writeFile(path(name), name)
  for (const name of ['stays.png', 'goes.png', 'changes.png']) {
    while (!(await isTold(data, name))) await sleep(10)
  }
  await bucket.close()
  await rm(path('goes.png'))
  await writeFile(path('changes.png'), 'changed')
  await writeFile(path('comes.png'), 'new')

  const next = listen((await open(t, data)).bucket)
  const changes = new Map<string, BucketChange>()
  while (changes.size < 3) {
    await sleep(5)
    for (const change of next.heard) changes.set(change.key, change)
  }
  t.match(Object.fromEntries(changes), {
    'goes.png': { type: 'removed' },
    'changes.png': { type: 'created', bytes: 7 },
    'comes.png': { type: 'created', bytes: 3 },
  })
  t.notOk(changes.has('stays.png'))
})

async function isTold(data: string, key: string): Promise<boolean> {
  const log = await readFile(join(data, '.objects/original/told.jsonl'), 'utf8').catch(() => '')
  return log.includes(`["${key}"`)
}

t.test('a listener that fails is told again', async (t) => {
  const { bucket, path, log } = await open(t, undefined, { rescanMs: 20 })
  let calls = 0
  bucket.onChange(async () => {
    calls++
    if (calls < 3) throw new Error('not now')
  })
  await writeFile(path('x.png'), 'x')
  while (calls < 3) await sleep(5)
  t.equal(calls, 3)
  t.equal(log.lines.length, 2)
})

t.test('the rescan finds what watching cannot see', async (t) => {
  const { bucket, path, data } = await open(t, undefined, { rescanMs: 20 })
  await mkdir(join(data, 'elsewhere'))
  const { until } = listen(bucket)
  await writeFile(path('first.png'), 'x')
  await until('created', 'first.png')
  await writeFile(join(data, 'elsewhere/linked.png'), 'one')
  await symlink(join(data, 'elsewhere/linked.png'), path('linked.png'))
  await until('created', 'linked.png')
  await writeFile(join(data, 'elsewhere/linked.png'), 'seven..')
  t.match(await until('created', 'linked.png', 7), { bytes: 7 })
})

t.test('a damaged record of changes costs repetitions, not changes', async (t) => {
  const { data, bucket, path } = await open(t)
  await writeFile(path('x.png'), 'x')
  const long = new Date(Date.now() - 60_000)
  await utimes(path('x.png'), long, long)
  await listen(bucket).until('created', 'x.png')
  await bucket.close()
  await writeFile(join(data, '.objects/original/told.jsonl'), '["x.png",\nnull\n')
  const next = await open(t, data)
  await listen(next.bucket).until('created', 'x.png')
  t.match(next.log.lines, [{ message: 'damaged lines in the record of changes' }])
})

t.test('a removal is told, though nobody took the creation', async (t) => {
  const { data, bucket } = await open(t)
  let calls = 0
  bucket.onChange(() => {
    calls++
    return Promise.reject(new Error('ended before it was done'))
  })
  await bucket.write('k', Buffer.from('1'), {})
  while (calls < 1) await sleep(5)
  await bucket.remove('k')
  await bucket.close()
  const next = await open(t, data)
  t.ok(await listen(next.bucket).until('removed', 'k'))
})

t.test('what lies behind a link is found, though its target comes later', async (t) => {
  const { data, bucket, path } = await open(t, undefined, { rescanMs: 20 })
  await symlink(join(data, 'disk'), path('img'))
  const long = new Date(Date.now() - 60_000)
  await utimes(path(''), long, long)
  const { until } = listen(bucket)
  await writeFile(path('seen.png'), 'x')
  await until('created', 'seen.png')
  await utimes(path(''), long, long)
  await sleep(100)
  await mkdir(join(data, 'disk'))
  await writeFile(join(data, 'disk/x.png'), 'x')
  t.ok(await until('created', 'img/x.png'))
  const keys = (await bucket.list()).objects.map(({ key }) => key)
  t.same(keys, ['img/x.png', 'seen.png'])
})

t.test('what could not be written to the record for a while is so later', async (t) => {
  const { data, bucket, log, path } = await open(t)
  const record = join(data, '.objects/original/told.jsonl')
  bucket.onChange(() => undefined)
  await bucket.write('a', Buffer.from('a'), {})
  while (!(await isTold(data, 'a'))) await sleep(5)
  await rename(record, `${record}.kept`)
  await mkdir(record)
  await bucket.write('b', Buffer.from('b'), {})
  while (log.lines.length === 0) await sleep(5)
  await rm(record, { recursive: true })
  await rename(`${record}.kept`, record)
  await bucket.write('c', Buffer.from('c'), {})
  await bucket.close()
  await rm(path('b'))
  const next = await open(t, data)
  t.ok(await listen(next.bucket).until('removed', 'b'))
})
