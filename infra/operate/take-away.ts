import { invalidationPaths } from '../../service/invalidation-path.ts'
import type { Invalidations } from '../../service/invalidations.ts'
import { leavesOpen, StoreError } from '../../service/store.ts'
import type { OriginBucket } from '../sync/buckets.ts'

/** What taking variants away needs. */
export interface TakeAwayParts {
  origin: Pick<OriginBucket, 'head' | 'remove'>
  /** Undefined where the origin bucket's events lead to the invalidation. */
  invalidations: Invalidations | undefined
}

/**
 * Paths that may wait for the cache. What is removed faster than CloudFront takes it would be
 * dropped in the end, and a command that is interrupted has to wait for all that do.
 */
const mayWait = 1000

/**
 * Removes a variant if `condemned` still holds, and only the one that was looked at, and has its
 * path invalidated; waits for that where many do.
 * @returns whether it was removed
 * @throws StoreError
 */
export async function takeAway(
  { origin, invalidations }: TakeAwayParts,
  key: string,
  condemned: () => Promise<boolean>,
): Promise<boolean> {
  const head = await origin.head(key)
  if (!head || !(await condemned())) return false
  try {
    await origin.remove(key, { ifMatch: head.etag })
  } catch (error) {
    if (error instanceof StoreError && error.failure === 'condition') return false
    // No later run would find what is gone.
    if (leavesOpen(error)) await invalidate(key, invalidations)
    throw error
  }
  await invalidate(key, invalidations)
  return true
}

async function invalidate(
  key: string,
  invalidations: TakeAwayParts['invalidations'],
): Promise<void> {
  if (!invalidations) return
  for (const path of invalidationPaths(key)) {
    const outcome = invalidations.add(path)
    if (invalidations.pending > mayWait) await outcome
  }
}
