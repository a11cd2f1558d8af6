import { invalidationPaths } from '../../service/invalidation-path.ts'
import type { Invalidations } from '../../service/invalidations.ts'
import { StoreError } from '../../service/store.ts'
import type { OriginBucket } from '../sync/buckets.ts'

/** What taking variants away needs. */
export interface TakeAwayParts {
  origin: Pick<OriginBucket, 'head' | 'remove'>
  /** Undefined where the origin bucket's events lead to the invalidation. */
  invalidations: Invalidations | undefined
}

/**
 * Removes a variant if `condemned` still holds, and only the one that was looked at, and has its
 * path invalidated.
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
    throw error
  }
  for (const path of invalidationPaths(key)) void invalidations?.add(path)
  return true
}
