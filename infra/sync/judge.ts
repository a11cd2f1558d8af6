import { metadataNames, pipelineVersion } from '../../service/provenance.ts'
import type { ObjectHead } from '../../service/store.ts'

/**
 * What a variant is worth: `current`; `stale`, made from another original or by another pipeline
 * or by nobody knows whom; `orphaned`, without an original.
 */
export type Verdict = 'current' | 'stale' | 'orphaned'

/**
 * Judges a variant by the metadata it was written with.
 * @param original the original's copy in the origin bucket, undefined when there is none
 */
export function judge(
  variant: Pick<ObjectHead, 'metadata'>,
  original: Pick<ObjectHead, 'etag'> | undefined,
): Verdict {
  if (!original) return 'orphaned'
  const { [metadataNames.source]: source, [metadataNames.pipeline]: pipeline } = variant.metadata
  return source === original.etag && pipeline === pipelineVersion ? 'current' : 'stale'
}
