import type { Config } from '../../service/config.ts'
import type { OriginBucket } from '../sync/buckets.ts'
import { variantKeys } from '../sync/variant-keys.ts'
import { originalPlace } from './original-place.ts'
import type { Output } from './output.ts'
import { type TakeAwayParts, takeAway } from './take-away.ts'

/** What a purge needs. */
export interface PurgeParts extends TakeAwayParts {
  origin: Pick<OriginBucket, 'head' | 'remove' | 'variantFolders'>
  config: Pick<Config, 'keyPrefixes'>
  output: Output
}

/**
 * Tells the variants of the originals `keys`, current or not, and takes them away with `remove`.
 * @throws Error for a key that cannot be an original's; StoreError
 */
export async function purgeCommand(
  parts: PurgeParts,
  keys: readonly string[],
  { remove }: { remove: boolean },
): Promise<void> {
  const { origin, output, config } = parts
  let variants = 0
  let removed = 0
  // All of them before anything is taken away.
  for (const key of keys) originalPlace(key, config.keyPrefixes)
  for (const [done, key] of keys.entries()) {
    output.progress(done, keys.length, 'originals')
    for (const variant of await variantKeys(key, origin, config.keyPrefixes)) {
      const head = await origin.head(variant)
      if (!head) continue
      variants++
      const gone = remove && (await takeAway(parts, variant, async () => true))
      if (gone) removed++
      const text = `${gone ? 'removed  ' : ''}${variant} (${head.bytes} bytes)`
      output.tell({ key: variant, original: key, bytes: head.bytes, removed: gone }, text)
    }
  }
  output.finish()
  const hint = variants > 0 && !remove ? ' Nothing was removed; --delete takes them away.' : ''
  const done = remove ? ` ${removed} removed.` : hint
  const counted = variants === 1 ? '1 variant' : `${variants} variants`
  output.tell({ variants, removed }, `${counted}.${done}`)
}
