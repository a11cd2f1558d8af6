import { PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { mirrorCommand } from '../../../infra/operate/mirror-command.ts'
import { s3OriginalBucket, s3OriginBucket } from '../../../infra/sync/s3-buckets.ts'
import { readSyncSettings } from '../../../infra/sync/settings.ts'
import { startS3 } from '../local/s3-server.ts'
import { recordingOutput } from './recording-output.ts'

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
  for (const key of [...keys, 'img/150x200/no.png', 'other/y.png']) await upload(key, 'one')
  await origin.write('img/hand.png', Buffer.from('put there by hand'), {})

  t.ok(await run())
  t.strictSame(documents.pop(), { originals: 4, copied: 4, failed: 0 })
  const page = await origin.list({})
  t.strictSame(page.objects.map(({ key }) => key).sort(), [...keys, 'img/hand.png'].sort())

  await upload('img/x.png', 'two')
  documents.length = 0
  t.ok(await run())
  t.strictSame(documents, [
    { key: 'img/x.png', outcome: 'copied' },
    { originals: 4, copied: 1, failed: 0 },
  ])

  await upload('img/x.png', 'three')
  await upload('img/z.png', 'one')
  const error = { kind: 'error', status: 403, code: 'AccessDenied' } as const
  faults.add({ operation: 'CopyObject', key: 'img/x.png', action: error })
  documents.length = 0
  t.notOk(await run())
  t.equal(documents.length, 3)
  t.match(documents, [
    { key: 'img/x.png', outcome: 'failed', error: /AccessDenied/ },
    { key: 'img/z.png', outcome: 'copied' },
    { originals: 5, copied: 1, failed: 1 },
  ])
})
