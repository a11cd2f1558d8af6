import { hash } from 'node:crypto'

/**
 * The version of the pipeline that makes variants. Raise it with every change that alters the
 * bytes of a variant: variants of another version count as stale.
 */
export const pipelineVersion = '5'

/** Names of the user metadata (`x-amz-meta-…`) that ties an object to what it was made from. */
export const metadataNames = {
  /** Entity tag of the object that this one was made or copied from. */
  source: 'source-etag',
  /** `pipelineVersion` of a variant. */
  pipeline: 'pipeline',
  /**
   * Entity tag of the object that this one was written over. Nothing that was ever cached goes
   * without a trace: either its removal is an event, or what replaced it says so.
   */
  replaces: 'replaces',
  /** The cache tag that an original shares with all its variants. */
  cacheTag: 'cache-tag',
} as const

/**
 * The cache tag of an original and of all its variants: 32 hexadecimal digits, because CloudFront
 * takes ASCII, at most 256 characters, without regard to case, and keys are none of these.
 */
export function cacheTag(originalKey: string): string {
  return hash('sha256', originalKey).slice(0, 32)
}
