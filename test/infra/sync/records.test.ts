import t from 'tap'
import { notification, queueMessages } from '../../../infra/sync/records.ts'

const record = (eventName: string, key: unknown = 'img/x.png', bucket: unknown = 'original') => ({
  eventSource: 'aws:s3',
  eventName,
  s3: { bucket: { name: bucket }, object: { key } },
})

t.test('reads every kind of event that an object appears or goes by', async (t) => {
  const table: [string, boolean][] = [
    ['ObjectCreated:Put', false],
    ['ObjectCreated:Post', false],
    ['ObjectCreated:Copy', false],
    ['ObjectCreated:CompleteMultipartUpload', false],
    ['s3:ObjectCreated:Put', false],
    ['ObjectRemoved:Delete', true],
    ['ObjectRemoved:DeleteMarkerCreated', true],
    ['LifecycleExpiration:Delete', true],
    ['LifecycleExpiration:DeleteMarkerCreated', true],
  ]
  for (const [name, removed] of table) {
    t.strictSame(
      notification('id', { Records: [record(name)] }),
      { id: 'id', events: [{ bucket: 'original', key: 'img/x.png', removed }], ignored: [] },
      name,
    )
  }
})

t.test('decodes keys once, as forms are', async (t) => {
  const table: [string, string][] = [
    ['img/red+flower.jpg', 'img/red flower.jpg'],
    ['img/a%2Bb%26c%25.jpg', 'img/a+b&c%.jpg'],
    ['img/%2541.jpg', 'img/%41.jpg'],
    ['img/%C3%A5%F0%9F%8C%B7.jpg', 'img/å🌷.jpg'],
  ]
  for (const [encoded, key] of table) {
    t.equal(
      notification('id', { Records: [record('ObjectCreated:Put', encoded)] }).events[0]?.key,
      key,
    )
  }
})

t.test('takes any number of records, and names those it ignores', async (t) => {
  const records = [
    record('ObjectCreated:Put', 'a'),
    record('ObjectTagging:Put'),
    { eventSource: 'aws:ses' },
    record('ObjectRemoved:Delete', 'b'),
  ]
  const message = notification('id', { Records: records })
  t.strictSame(
    message.events.map(({ key }) => key),
    ['a', 'b'],
  )
  t.strictSame(message.ignored, ['aws:s3 ObjectTagging:Put', 'aws:ses undefined'])
  t.strictSame(notification('id', { Records: [] }).events, [])
})

t.test('ignores the test event', async (t) => {
  const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'original' }
  t.strictSame(notification('id', test), { id: 'id', events: [], ignored: [] })
})

t.test('says what it cannot understand', async (t) => {
  const table: [unknown, RegExp][] = [
    [undefined, /not an S3 notification/],
    [null, /not an S3 notification/],
    ['text', /not an S3 notification/],
    [{}, /not an S3 notification/],
    [{ Records: 'none' }, /not an S3 notification/],
    [{ Records: [null] }, /not an S3 notification/],
    [{ Records: [{ ...record('ObjectCreated:Put'), s3: null }] }, /without bucket or key/],
    [{ Records: [record('ObjectCreated:Put', 7)] }, /without bucket or key/],
    [{ Records: [record('ObjectCreated:Put', '')] }, /without bucket or key/],
    [{ Records: [record('ObjectCreated:Put', 'a', null)] }, /without bucket or key/],
    [{ Records: [record('ObjectCreated:Put', '%E0%A4')] }, /not form-encoded/],
  ]
  for (const [value, fault] of table) t.match(notification('id', value).fault, fault)
})

t.test('opens the messages of a queue, each by itself', async (t) => {
  const good = JSON.stringify({ Records: [record('ObjectCreated:Put')] })
  const sqs = (messageId: string, body: unknown) => ({ eventSource: 'aws:sqs', messageId, body })
  const messages = queueMessages({ Records: [sqs('1', good), sqs('2', '{'), sqs('3', '7')] })
  t.strictSame(
    messages?.map(({ id, fault, events }) => [id, fault, events.length]),
    [
      ['1', undefined, 1],
      ['2', 'not JSON', 0],
      ['3', 'not an S3 notification', 0],
    ],
  )
})

t.test('takes nothing else for a queue', async (t) => {
  for (const event of [
    undefined,
    {},
    { Records: [] },
    { Records: [record('ObjectCreated:Put')] },
  ]) {
    t.equal(queueMessages(event), undefined)
  }
})
