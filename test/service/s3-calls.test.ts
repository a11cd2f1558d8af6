import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import { s3Store } from '../../service/s3-store.ts'

t.test('an answer that comes after its call was ended holds no connection', async (t) => {
  let answer = (_: object) => {}
  const answered = new Promise<object>((resolve) => {
    answer = resolve
  })
  const client = { send: () => answered } as unknown as Pick<S3Client, 'send'>
  const controller = new AbortController()
  const got = s3Store(client, 'b').get('k', { signal: controller.signal })
  controller.abort()
  await t.rejects(got, { name: 'StoreError', failure: 'aborted' })
  const body = new Readable({ read() {} })
  answer({ Body: body, ContentLength: 3, ETag: '"a"' })
  await turn()
  t.ok(body.destroyed)
})
