import assert from 'node:assert/strict'
import type { S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import { compareKeys, listObjects, listOriginals } from '../../../infra/operate/listing.ts'
import { startS3 } from '../local/s3-server.ts'

const keys = [
  'img/1.png',
  'img/100x100/1.png',
  'img/100x100/z/1.png',
  'img/100x1000/1.png',
  'img/150X200/1.png',
  'img/a/100x100/b.png',
  'img/z.png',
  'img/\u{ffe0}.png',
  'img/\u{1f600}.png',
]

async function collected(listing: AsyncIterable<{ key: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of listing) found.push(key)
  return found
}

t.test('lists in the order of the bytes, over any number of pages', async (t) => {
  const { client, origin } = await startS3(t)
  for (const key of keys) await origin.write(key, Buffer.from(key), {})
  const sorted = [...keys].sort(compareKeys)
  for (const pageSize of [1, 2, 3, 1000]) {
    t.strictSame(await collected(listObjects(client, 'origin', 'img/', { pageSize })), sorted)
  }
})

t.test('goes on behind a page that holds nothing, as the API allows', async (t) => {
  const pages = [
    { Contents: [{ Key: 'img/1.png' }], IsTruncated: true, NextContinuationToken: 'a' },
    { IsTruncated: true, NextContinuationToken: 'b' },
    { Contents: [{ Key: 'img/100x100/1.png' }], IsTruncated: false },
    { Contents: [{ Key: 'img/2.png' }], IsTruncated: false },
  ]
  const asked: object[] = []
  const send = async ({ input }: { input: object }) => {
    asked.push(input)
    return pages[asked.length - 1] ?? assert.fail('asked too often')
  }
  const client = { send } as unknown as Pick<S3Client, 'send'>
  t.strictSame(await collected(listOriginals(client, 'origin', 'img/')), ['img/1.png', 'img/2.png'])
  t.match(asked, [
    { ContinuationToken: undefined, StartAfter: undefined },
    { ContinuationToken: 'a', StartAfter: undefined },
    { ContinuationToken: 'b', StartAfter: undefined },
    { ContinuationToken: undefined, StartAfter: /^img\/100x100\/./ },
  ])
})

t.test('comes to an end where a name in a folder left out sorts behind all others', async (t) => {
  const { client, origin } = await startS3(t)
  const last = ['', 'a', 'b'].map((end) => `img/100x100/\u{10ffff}${end}`)
  for (const key of ['img/1.png', 'img/100x100/1.png', ...last, 'img/100x1000', 'img/2.png']) {
    await origin.write(key, Buffer.from(key), {})
  }
  const told: string[] = []
  const listing = listOriginals(client, 'origin', 'img/', (folder) => told.push(folder))
  t.strictSame(await collected(listing), ['img/1.png', 'img/100x1000', 'img/2.png'])
  t.strictSame(told, ['100x100'])
})

t.test('a bucket that cannot be listed is named', async (t) => {
  const { client, faults } = await startS3(t)
  faults.add({
    operation: 'ListObjectsV2',
    action: { kind: 'error', status: 403, code: 'AccessDenied' },
  })
  await t.rejects(collected(listObjects(client, 'origin', 'img/')), {
    message: /^the bucket origin cannot be listed: AccessDenied/,
  })
})

t.test('leaves out the folders of variants, whole, and only these', async (t) => {
  const { client, origin } = await startS3(t)
  for (const key of keys) await origin.write(key, Buffer.from(key), {})
  const originals = keys.filter((key) => !/^img\/[0-9]+[xX]/.test(key)).sort(compareKeys)
  t.strictSame(await collected(listOriginals(client, 'origin', 'img/')), originals)
})

t.test('all addresses of a store that take no connection are told', async (t) => {
  const refused = new AggregateError([new Error('a refused'), new Error('b refused')])
  const client = { send: () => Promise.reject(refused) } as unknown as Pick<S3Client, 'send'>
  await t.rejects(collected(listObjects(client, 'origin', 'img/')), {
    message: 'the bucket origin cannot be listed: AggregateError: a refused, b refused',
  })
})
