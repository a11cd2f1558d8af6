import { createHash } from 'node:crypto'
import { type Cdn, CdnError } from '../../service/cdn.ts'
import { unlessAborted } from '../../service/unless-aborted.ts'
import type { Logger } from './logger.ts'

/** Items to invalidate, each with the ids of the messages that ask for it. */
export type Wanted = ReadonlyMap<string, ReadonlySet<string>>

/** Items of one call. CloudFront takes up to 3,000 paths in progress, and a call is all or nothing. */
const itemsPerCall = 100

type Answer = 'taken' | 'later' | 'refused'

/**
 * Sends the items, at most 100 a call, one call after the other. A call that is refused for an item is
 * halved, so that one bad item does not keep the others from being dropped.
 * @param deadline aborts when there is no more time: what is not taken by then has failed
 * @returns the ids of the messages whose items were not taken
 */
export async function invalidate(
  cdn: Cdn,
  wanted: Wanted,
  logger: Logger,
  deadline: AbortSignal,
): Promise<Set<string>> {
  const failed = new Set<string>()
  const batches = chunks([...wanted.keys()].sort(), itemsPerCall)
  let isOver = false
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    const ids = [...new Set(batch.flatMap((item) => [...(wanted.get(item) ?? [])]))].sort()
    // Whoever throttles or denies one call does so with the next: the rest waits for redelivery.
    const answer: Answer = isOver
      ? 'later'
      : await send(cdn, { items: batch, ids, deadline }, logger)
    isOver = answer === 'later'
    if (answer === 'taken') continue
    if (answer === 'refused' && batch.length > 1) {
      batches.unshift(...chunks(batch, Math.ceil(batch.length / 2)))
      continue
    }
    for (const id of ids) failed.add(id)
  }
  return failed
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}

async function send(
  cdn: Cdn,
  { items, ids, deadline }: { items: string[]; ids: string[]; deadline: AbortSignal },
  logger: Logger,
): Promise<Answer> {
  const reference = callerReference(items, ids)
  try {
    deadline.throwIfAborted()
    await unlessAborted(cdn.createInvalidation(items, reference), deadline)
    logger.info({ items, reference }, 'invalidated')
    return 'taken'
  } catch (error) {
    const itemAtFault = error instanceof CdnError && error.itemAtFault
    logger.error({ items, reference, error: String(error), itemAtFault }, 'invalidation failed')
    return itemAtFault ? 'refused' : 'later'
  }
}

/** The same for the same items of the same messages, so that a repetition costs nothing. */
function callerReference(items: string[], ids: string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([ids, items]))
    .digest('hex')
    .slice(0, 32)
}
