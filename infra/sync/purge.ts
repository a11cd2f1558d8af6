import { StoreError } from '../../service/store.ts'
import type { FullHead, OriginBucket } from './buckets.ts'
import { inParallel } from './in-parallel.ts'
import { type JudgeSettings, judge, originalOf, type Verdict } from './judge.ts'
import { placeOf } from './key-place.ts'
import { variantKeys } from './variant-keys.ts'

/** Variants looked at at once. */
const concurrency = 16

/** Looks at a variant that others keep replacing; after these the event is left to redelivery. */
const rounds = 5

/** What was found under a variant's key; one that is not current has been removed. */
export type VariantFinding =
  | { verdict: 'absent' }
  | { verdict: 'current'; head: FullHead }
  | { verdict: Exclude<Verdict, 'current'> }

/** What of the configuration a purge goes by. */
export interface PurgeSettings extends JudgeSettings {
  readonly keyPrefixes: readonly string[]
}

/**
 * Removes a variant that does not match its original, and only that one: if another was written
 * meanwhile, that is judged, too.
 * @param original key of the original; undefined for a variant that cannot have one
 * @throws StoreError when the bucket fails; Error when the variant does not come to rest
 */
export async function settleVariant(
  key: string,
  original: string | undefined,
  origin: OriginBucket,
  settings: JudgeSettings,
): Promise<VariantFinding> {
  for (let round = 0; round < rounds; round++) {
    // The variant first: an original that is looked at later is never older than what is judged.
    const head = await origin.head(key)
    if (!head) return { verdict: 'absent' }
    const verdict = judge(head, await originalOf(original, origin), settings)
    if (verdict === 'current') return { verdict, head }
    if (await removed(key, head, origin)) return { verdict }
  }
  throw new Error(`${key} does not come to rest`)
}

/**
 * Removes every variant of an original that does not match it, also those outside the allowlist.
 * @returns how many were removed
 * @throws as `settleVariant`
 */
export async function purge(
  key: string,
  origin: OriginBucket,
  settings: PurgeSettings,
): Promise<number> {
  const { keyPrefixes } = settings
  let count = 0
  await inParallel(await variantKeys(key, origin, keyPrefixes), concurrency, async (variant) => {
    const place = placeOf(variant, keyPrefixes)
    if (place.kind !== 'variant') return
    const { verdict } = await settleVariant(variant, place.original, origin, settings)
    if (verdict === 'stale' || verdict === 'orphaned') count++
  })
  return count
}

async function removed(key: string, head: FullHead, origin: OriginBucket): Promise<boolean> {
  try {
    await origin.remove(key, { ifMatch: head.etag })
    return true
  } catch (error) {
    if (error instanceof StoreError && error.failure === 'condition') return false
    throw error
  }
}
