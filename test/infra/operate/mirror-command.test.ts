import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import { mirrorCommand } from '../../../infra/operate/mirror-command.ts'
import { createOutput } from '../../../infra/operate/output.ts'
import { s3OriginalBucket, s3OriginBucket } from '../../../infra/sync/s3-buckets.ts'
import { readSyncSettings } from '../../../infra/sync/settings.ts'
import { startS3 } from '../local/s3-server.ts'
import { fullHead, memoryBuckets } from '../sync/memory-buckets.ts'
import { recordingOutput } from './recording-output.ts'

/** What is said of a folder in which no original can be. */
const refused = { folder: 'img/150x200/', outcome: 'refused' }

/** S3, as far as it lists one page of objects. */
function listing(keys: readonly string[]): Pick<S3Client, 'send'> {
  const page = { Contents: keys.map((Key) => ({ Key, ETag: '"a"', Size: 3 })) }
  return { send: async () => page } as unknown as S3Client
}

t.test('copies the originals that have no copy, or an outdated one', async (t) => {
  const { client, origin, faults } = await startS3(t)
  const settings = readSyncSettings({
    BUCKET: 'origin',
    ORIGINAL_BUCKET: 'original',
    KEY_PREFIXES: 'img/,img/blog/',
  })
  const { documents, output } = recordingOutput()
  const run = () =>
    mirrorCommand({
      client,
      original: s3OriginalBucket(client, 'original'),
      origin: s3OriginBucket(client, settings),
      settings,
      output,
    })
  const upload = (Key: string, Body: string) =>
    client.send(new PutObjectCommand({ Bucket: 'original', Key, Body }))
  const keys = ['img/a b.png', 'img/blog/1.png', 'img/blog/é+.png', 'img/x.png']
  const refusedKeys = ['img/150x200/no.png', 'img/150x200/none.png']
  for (const key of [...keys, ...refusedKeys, 'other/y.png']) await upload(key, 'one')
  await origin.write('img/hand.png', Buffer.from('put there by hand'), {})

  t.ok(await run())
  t.strictSame(documents.pop(), { originals: 4, copied: 4, failed: 0 })
  t.strictSame(documents.shift(), refused)
  const page = await origin.list({})
  t.strictSame(page.objects.map(({ key }) => key).sort(), [...keys, 'img/hand.png'].sort())

  await upload('img/x.png', 'two')
  documents.length = 0
  t.ok(await run())
  t.strictSame(documents, [
    refused,
    { key: 'img/x.png', outcome: 'copied' },
    { originals: 4, copied: 1, failed: 0 },
  ])

  await upload('img/x.png', 'three')
  await upload('img/z.png', 'one')
  const error = { kind: 'error', status: 403, code: 'AccessDenied' } as const
  faults.add({ operation: 'CopyObject', key: 'img/x.png', action: error })
  documents.length = 0
  t.notOk(await run())
  t.equal(documents.length, 4)
  t.match(documents, [
    refused,
    { key: 'img/x.png', outcome: 'failed', error: /AccessDenied/ },
    { key: 'img/z.png', outcome: 'copied' },
    { originals: 5, copied: 1, failed: 1 },
  ])
})

t.test(
  'the copy of an original that went after it was listed is removed, and not counted',
  async (t) => {
    const gone = 'img/gone.png'
    const buckets = memoryBuckets({}, { [gone]: fullHead('"a"') })
    const settings = readSyncSettings({ BUCKET: 'origin', ORIGINAL_BUCKET: 'original' })
    const { documents, output } = recordingOutput()
    const client = listing([gone])
    t.ok(await mirrorCommand({ ...buckets, client, settings, output }))
    t.strictSame(documents, [
      { key: gone, outcome: 'removed' },
      { originals: 1, copied: 0, failed: 0 },
    ])
  },
)

t.test(
  'on a terminal it counts, and draws no bar, since nobody knows how many will come',
  async (t) => {
    const keys = Array.from({ length: 50 }, (_, index) => `img/${index}.png`)
    const originals = Object.fromEntries(keys.map((key) => [key, fullHead('"a"')]))
    const copies = keys.map((key) => [key, fullHead('"a"', { metadata: { 'source-etag': '"a"' } })])
    const buckets = memoryBuckets(originals, Object.fromEntries(copies))
    const settings = readSyncSettings({ BUCKET: 'origin', ORIGINAL_BUCKET: 'original' })
    let drawn = ''
    const screen = { isTTY: true, write: (part: string) => (drawn += part) }
    const output = createOutput(false, { write: () => {} }, screen)
    const client = listing(keys)
    t.ok(await mirrorCommand({ ...buckets, client, settings, output }))
    t.ok(drawn.startsWith('\r\x1b[K1 originals'))
    t.notMatch(drawn, /%|█|░/)
  },
)
