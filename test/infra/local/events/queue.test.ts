import type { SQSEvent } from 'aws-lambda'
import t from 'tap'
import { type Consumer, createQueue } from '../../../../infra/local/events/queue.ts'

function queue(consume: Consumer, options: { concurrency?: number; backoffMs?: number } = {}) {
  const failures: { body: string; receives: number; dead: boolean }[] = []
  const made = createQueue(consume, {
    batchSize: 10,
    concurrency: options.concurrency ?? 2,
    maxReceives: 5,
    backoffMs: () => options.backoffMs ?? 0,
    onFailure: ({ body, receives, dead }) => failures.push({ body, receives, dead }),
  })
  return { ...made, failures }
}

const bodies = (event: SQSEvent) => event.Records.map(({ body }) => body)

t.test('messages come in batches of ten, as SQS has them', async (t) => {
  const events: SQSEvent[] = []
  const { send } = queue(async (event) => {
    events.push(event)
    return { batchItemFailures: [] }
  })
  const sent = Array.from({ length: 25 }, (_, index) => `message ${index}`)
  await Promise.all(sent.map(send))
  t.same(
    events.map((event) => event.Records.length),
    [10, 10, 5],
  )
  t.same(events.flatMap(bodies), sent)
  t.match(events[0]?.Records[0], {
    messageId: /^[0-9a-f-]{36}$/,
    receiptHandle: String,
    attributes: { ApproximateReceiveCount: '1' },
    eventSource: 'aws:sqs',
  })
})

t.test('only the messages that failed come again', async (t) => {
  const seen: string[][] = []
  const { send, failures } = queue(async (event) => {
    seen.push(bodies(event))
    const failed = event.Records.filter(
      ({ body, attributes }) => body === 'b' && Number(attributes.ApproximateReceiveCount) < 3,
    )
    return {
      batchItemFailures: failed.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
    }
  })
  await Promise.all(['a', 'b', 'c'].map(send))
  t.same(seen, [['a', 'b', 'c'], ['b'], ['b']])
  t.same(
    failures.map(({ receives }) => receives),
    [1, 2],
  )
})

t.test('after five deliveries a message is dead', async (t) => {
  let deliveries = 0
  const { send, failures } = queue(async () => {
    deliveries++
    throw new Error('broken')
  })
  await send('poison')
  t.equal(deliveries, 5)
  t.same(failures.at(-1), { body: 'poison', receives: 5, dead: true })
  t.equal(failures.filter(({ dead }) => dead).length, 1)
})

t.test('an answer that names an unknown message fails the batch', async (t) => {
  const seen: string[] = []
  const { send } = queue(async (event) => {
    const isFirst = seen.length === 0
    seen.push(...bodies(event))
    return { batchItemFailures: isFirst ? [{ itemIdentifier: 'unknown' }] : [] }
  })
  await Promise.all(['a', 'b'].map(send))
  t.same(seen.sort(), ['a', 'a', 'b', 'b'])
})

t.test('no more events at once than allowed', async (t) => {
  let running = 0
  let most = 0
  const { send } = queue(
    async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      return undefined
    },
    { concurrency: 3 },
  )
  await Promise.all(Array.from({ length: 100 }, (_, index) => send(String(index))))
  t.equal(most, 3)
})

t.test('stopping delivers what is due and gives up what waits', async (t) => {
  const seen: string[] = []
  const { send, stop, failures } = queue(
    async (event) => {
      seen.push(...bodies(event))
      const failed = event.Records.filter(({ body }) => body === 'fails')
      return {
        batchItemFailures: failed.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
      }
    },
    { backoffMs: 1_000_000 },
  )
  const waiting = t.rejects(send('fails'), { message: /stopped before/ })
  while (failures.length === 0) await new Promise(setImmediate)
  const due = send('due')
  await stop()
  await due
  await waiting
  t.same(seen, ['fails', 'due'])
})
