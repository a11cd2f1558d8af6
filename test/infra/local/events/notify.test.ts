import t from 'tap'
import type { BucketChange, ChangeListener } from '../../../../infra/local/bucket.ts'
import { notifyOfChanges } from '../../../../infra/local/events/notify.ts'
import { notification } from '../../../../infra/sync/records.ts'

t.test('a change is sent as the event of S3, and told when the queue is done', async (t) => {
  const listeners: ChangeListener[] = []
  const bucket = {
    name: 'original',
    onChange: (listener: ChangeListener) => {
      listeners.push(listener)
      return () => void listeners.pop()
    },
  }
  const sent: string[] = []
  const end = notifyOfChanges(bucket, {
    send: async (body) => {
      sent.push(body)
    },
  })
  const key = 'img/röd blomma+1 & 2%.png'
  const created: BucketChange = { type: 'created', key, bytes: 3, etag: '"abc"' }
  await listeners[0]?.(created)
  await listeners[0]?.({ type: 'removed', key, bytes: 0, etag: '' })
  const [first, second] = sent.map((body) => JSON.parse(body).Records[0])
  t.match(first, {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'original', arn: 'arn:aws:s3:::original' },
      object: { key: 'img/r%C3%B6d+blomma%2B1+%26+2%25.png', size: 3, eTag: 'abc' },
    },
  })
  t.equal(second.eventName, 'ObjectRemoved:Delete')
  t.ok(second.s3.object.sequencer > first.s3.object.sequencer)
  t.match(notification('m', JSON.parse(sent[0] ?? '')).events, [{ bucket: 'original', key }])
  end()
  t.equal(listeners.length, 0)
})
