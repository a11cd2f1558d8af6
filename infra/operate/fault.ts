import type { Config } from '../../service/config.ts'
import { extensionOf } from '../../service/formats.ts'
import { parseVariantName } from '../../service/image-key.ts'
import { dimensionsAllowed } from '../../service/permission.ts'
import type { OriginBucket } from '../sync/buckets.ts'
import { judge, originalOf } from '../sync/judge.ts'

/** What is wrong with a variant, the worst first. */
export type Fault = 'orphaned' | 'stale' | 'outside the allowlist'

/** A variant by its place in the origin bucket. */
export interface Place {
  key: string
  /** The folder directly behind the key prefix, `150x200`. */
  folder: string
  /** Key of the original, whether it exists or not; undefined where nothing is made under the key. */
  original: string | undefined
}

/** The allowlists. */
export type Allowlists = Pick<Config, 'allowedDimensions' | 'allowedImageTypes' | 'maxSide'>

/** What of the configuration a variant must match. */
export type FaultSettings = Allowlists & Pick<Config, 'cacheTags'>

/**
 * What is wrong with a variant as the bucket is now; undefined also for one that is gone.
 * @throws StoreError
 */
export async function faultOf(
  origin: Pick<OriginBucket, 'head'>,
  place: Place,
  settings: FaultSettings,
): Promise<Fault | undefined> {
  const head = await origin.head(place.key)
  if (!head) return undefined
  const verdict = judge(head, await originalOf(place.original, origin), settings)
  return verdict === 'current' ? allowlistFault(place, settings) : verdict
}

/** The fault of a variant that the service would not make any more. */
export function allowlistFault(
  { folder, key }: Pick<Place, 'folder' | 'key'>,
  allowlists: Allowlists,
): Fault | undefined {
  const variant = parseVariantName(folder)
  const allowed =
    variant !== undefined &&
    dimensionsAllowed(variant, allowlists) &&
    allowlists.allowedImageTypes.includes(extensionOf(key))
  return allowed ? undefined : 'outside the allowlist'
}
