import { createHash } from 'node:crypto'
import type { Cdn } from '../../service/cdn.ts'
import { unlessAborted } from '../../service/unless-aborted.ts'
import { type Act, actions, type SyncParts } from './actions.ts'
import { endWrites } from './end-writes.ts'
import { inParallel } from './in-parallel.ts'
import { invalidate } from './invalidate.ts'
import type { Logger } from './logger.ts'
import { type Message, notification, queueMessages } from './records.ts'
import { rememberFolders } from './remembered-folders.ts'

/** Keys worked on at once. */
const concurrency = 8

/**
 * For all keys of a batch, so that of the function's 60 s enough is left to tell the cache: one
 * huge copy must not keep what is done from being told, nor take the whole batch down with it.
 */
const keysMs = 25_000

/**
 * For a whole batch: what the cache has not taken by then is answered as failed, before the
 * function is ended and all of the batch is delivered again.
 */
const batchMs = 55_000

/** One key to act on, with all that was said of it in this batch. */
interface Task {
  act: Act
  key: string
  removed: boolean
  /** Ids of the messages that wait for it. */
  messages: Set<string>
}

/** What SQS takes back: the messages to deliver again. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[]
}

/**
 * The sync Lambda as a function of its collaborators. It takes S3's events, direct or in SQS
 * messages, and acts on what the buckets hold now, so that events may come twice, late and in any
 * order.
 * @param parts.keysMs milliseconds for the keys of a batch; those that take longer are delivered again
 * @param parts.batchMs milliseconds for a whole batch; what is not invalidated by then is, too
 * @returns answers an SQS event with the messages that failed, and a direct one with nothing, or
 *   rejects when it failed
 */
export function buildHandler(
  parts: SyncParts & { cdn: Cdn | undefined; keysMs?: number; batchMs?: number },
): (event: unknown) => Promise<BatchResponse | undefined> {
  const { logger, cdn } = parts
  if (!cdn) {
    logger.info({}, 'CF_DistributionId is not set or INVALIDATION is off: nothing to invalidate')
  }

  const handle = async (messages: readonly Message[]): Promise<Set<string>> => {
    const deadline = AbortSignal.timeout(parts.batchMs ?? batchMs)
    const keysDeadline = AbortSignal.timeout(parts.keysMs ?? keysMs)
    const origin = endWrites(rememberFolders(parts.origin), keysDeadline)
    const acts = actions({ ...parts, origin })
    const failed = new Set<string>()
    const wanted = new Map<string, Set<string>>()
    for (const message of messages) {
      logOddities(message, acts, logger)
      if (message.fault !== undefined) failed.add(message.id)
    }
    await inParallel(
      tasks(messages, acts),
      concurrency,
      async ({ act, key, removed, messages }) => {
        try {
          keysDeadline.throwIfAborted()
          const items = await unlessAborted(act(key, removed), keysDeadline)
          for (const item of items) addTo(wanted, item, messages)
        } catch (error) {
          logger.error({ key, error: String(error) }, 'failed')
          for (const id of messages) failed.add(id)
        }
      },
    )
    if (!cdn) return failed
    return new Set([...failed, ...(await invalidate(cdn, wanted, logger, deadline))])
  }

  return async (event) => {
    const messages = queueMessages(event)
    if (messages) {
      const failed = await handle(messages)
      return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) }
    }
    const id = createHash('sha256')
      .update(JSON.stringify(event) ?? '')
      .digest('hex')
    const failed = await handle([notification(id, event)])
    if (failed.size > 0) throw new Error('the event was not handled; the log says why')
    return undefined
  }
}

function logOddities(message: Message, acts: ReadonlyMap<string, Act>, logger: Logger): void {
  const { id: messageId, fault, ignored, events } = message
  if (fault !== undefined) logger.error({ messageId, fault }, 'message not understood')
  for (const record of ignored) logger.info({ messageId, record }, 'record ignored')
  for (const { bucket, key } of events) {
    if (!acts.has(bucket)) logger.info({ messageId, bucket, key }, 'bucket unknown')
  }
}

/** One task a key, however many events there are of it: what counts is what is there now. */
function tasks(messages: readonly Message[], acts: ReadonlyMap<string, Act>): Iterable<Task> {
  const found = new Map<string, Task>()
  for (const { id, events } of messages) {
    for (const { bucket, key, removed } of events) {
      const act = acts.get(bucket)
      if (!act) continue
      const name = JSON.stringify([bucket, key])
      const task = found.get(name) ?? { act, key, removed: false, messages: new Set() }
      task.removed ||= removed
      task.messages.add(id)
      found.set(name, task)
    }
  }
  return found.values()
}

function addTo(map: Map<string, Set<string>>, item: string, ids: ReadonlySet<string>): void {
  map.set(item, new Set([...(map.get(item) ?? []), ...ids]))
}
