import { createHash, randomUUID } from 'node:crypto'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'

/** What takes the messages: a Lambda handler with `reportBatchItemFailures`. */
export type Consumer = (event: SQSEvent) => Promise<SQSBatchResponse | undefined>

/** How the queue and its event source mapping are set. */
export interface QueueOptions {
  /** At most so many messages in one event. */
  batchSize: number
  /** At most so many events at once. */
  concurrency: number
  /** After so many failed deliveries a message is dead. */
  maxReceives: number
  /** How long a message stays away after its `receives`th delivery failed. */
  backoffMs: (receives: number) => number
  /** Told of each delivery that failed; `dead` when the message will not come again. */
  onFailure: (failure: { body: string; receives: number; dead: boolean; cause: unknown }) => void
}

/** A queue in front of a Lambda, as SQS with an event source mapping. */
export interface Queue {
  /**
   * Queues a message.
   * @returns fulfilled when it was taken or is dead; rejected when the queue stopped before
   */
  send(body: string): Promise<void>
  /** Delivers what is due, lets deliveries under way end, and gives up what waits to be retried. */
  stop(): Promise<void>
}

interface Message {
  id: string
  body: string
  receives: number
  sentAt: number
  settle: { done: () => void; givenUp: (reason: Error) => void }
}

/** Delivers messages at least once, in batches. */
export function createQueue(consume: Consumer, options: QueueOptions): Queue {
  const due: Message[] = []
  const waiting = new Map<NodeJS.Timeout, Message>()
  const deliveries = new Set<Promise<void>>()
  let stopped = false

  function pump(): void {
    while (due.length > 0 && deliveries.size < options.concurrency) {
      const batch = due.splice(0, options.batchSize)
      const delivery = deliver(batch).finally(() => {
        deliveries.delete(delivery)
        pump()
      })
      deliveries.add(delivery)
    }
  }

  async function deliver(batch: Message[]): Promise<void> {
    for (const message of batch) message.receives++
    const { failed, cause } = await outcome(consume, batch)
    for (const message of batch) {
      if (failed.has(message.id)) retry(message, cause)
      else message.settle.done()
    }
  }

  function retry(message: Message, cause: unknown): void {
    const { body, receives } = message
    const dead = receives >= options.maxReceives
    options.onFailure({ body, receives, dead, cause })
    if (dead) {
      message.settle.done()
      return
    }
    if (stopped) {
      giveUp(message)
      return
    }
    const timer = setTimeout(() => {
      waiting.delete(timer)
      due.push(message)
      pump()
    }, options.backoffMs(receives))
    waiting.set(timer, message)
  }

  return {
    send(body) {
      return new Promise((done, givenUp) => {
        const settle = { done, givenUp }
        due.push({ id: randomUUID(), body, receives: 0, sentAt: Date.now(), settle })
        // Messages that are sent together are delivered together.
        setImmediate(pump)
      })
    },
    async stop() {
      stopped = true
      for (const [timer, message] of waiting) {
        clearTimeout(timer)
        giveUp(message)
      }
      waiting.clear()
      pump()
      while (deliveries.size > 0) await Promise.all(deliveries)
    },
  }
}

function giveUp(message: Message): void {
  message.settle.givenUp(new Error('The queue stopped before the message was taken.'))
}

/** Which messages of a batch failed: those that the consumer names, or all when it is not clear. */
async function outcome(
  consume: Consumer,
  batch: readonly Message[],
): Promise<{ failed: ReadonlySet<string>; cause: unknown }> {
  const all = new Set(batch.map(({ id }) => id))
  try {
    const answer = await consume({ Records: batch.map(record) })
    const failures = answer?.batchItemFailures ?? []
    const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier))
    // As Lambda does: an answer that names an unknown message fails the whole batch.
    return {
      failed: [...failed].every((id) => all.has(id)) ? failed : all,
      cause: 'reported by the handler',
    }
  } catch (cause) {
    return { failed: all, cause }
  }
}

function record({ id, body, receives, sentAt }: Message): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `${id}#${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'LAPTOP',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:laptop',
    awsRegion: 'us-east-1',
  }
}
