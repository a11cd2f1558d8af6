import { cacheTag, metadataNames, pipelineVersion } from '../../service/provenance.ts'
import type { ObjectHead } from '../../service/store.ts'
import type { OriginBucket } from './buckets.ts'

/**
 * What a variant is worth: `current`; `stale`, made from another original or by another pipeline
 * or by nobody knows whom, or out of the reach of cache tags; `orphaned`, without an original.
 */
export type Verdict = 'current' | 'stale' | 'orphaned'

/** What of the configuration a variant must match. */
export interface JudgeSettings {
  readonly cacheTags: boolean
}

/**
 * Judges a variant by the metadata it was written with.
 * @param original the original's copy in the origin bucket, undefined when there is none
 */
export function judge(
  variant: Pick<ObjectHead, 'metadata'>,
  original: { key: string; etag: string } | undefined,
  { cacheTags }: JudgeSettings,
): Verdict {
  if (!original) return 'orphaned'
  const { source, pipeline, cacheTag: tag } = metadataNames
  const isCurrent =
    variant.metadata[source] === original.etag &&
    variant.metadata[pipeline] === pipelineVersion &&
    (!cacheTags || variant.metadata[tag] === cacheTag(original.key))
  return isCurrent ? 'current' : 'stale'
}

/**
 * The original to judge by, as the bucket has it now.
 * @param key undefined for a variant that cannot have an original
 * @throws StoreError
 */
export async function originalOf(
  key: string | undefined,
  origin: Pick<OriginBucket, 'head'>,
): Promise<{ key: string; etag: string } | undefined> {
  const head = key === undefined ? undefined : await origin.head(key)
  return head && key !== undefined ? { key, etag: head.etag } : undefined
}
