import { metadataNames } from '../../service/provenance.ts'
import type { ObjectHead } from '../../service/store.ts'
import type { OriginalBucket, OriginBucket } from './buckets.ts'
import { invalidationItems } from './invalidation-items.ts'
import { type KeyPlace, placeOf } from './key-place.ts'
import type { Logger } from './logger.ts'
import { mirror } from './mirror.ts'
import { purge, settleVariant } from './purge.ts'
import type { SyncSettings } from './settings.ts'

/** What the handler works with. */
export interface SyncParts {
  original: OriginalBucket
  origin: OriginBucket
  settings: SyncSettings
  logger: Logger
}

/**
 * Brings in order what hangs on one key.
 * @param removed whether an event said that an object under the key went
 * @returns what to invalidate
 */
export type Act = (key: string, removed: boolean) => Promise<string[]>

/** What to do for the events of each bucket, by its name. */
export function actions(parts: SyncParts): ReadonlyMap<string, Act> {
  const { bucket, originalBucket } = parts.settings
  return new Map([
    [originalBucket, (key) => onOriginal(key, parts)],
    [bucket, (key, removed) => onOrigin(key, removed, parts)],
  ])
}

/** An upload came, changed or went: its copy follows, and what the copy does is the next event. */
async function onOriginal(key: string, parts: SyncParts): Promise<string[]> {
  const { settings, logger } = parts
  if (placeOf(key, settings.keyPrefixes).kind === 'variant') {
    logger.error({ key }, 'refused: an original must not have the key of a variant')
    return []
  }
  const outcome = await mirror(key, parts, settings)
  logger.info({ key, outcome }, 'mirrored')
  return []
}

/**
 * A copy or a variant came, changed or went: variants that do not match any more go, and each
 * removal is an event of its own. The cache is told when something that it may hold is gone.
 */
async function onOrigin(key: string, removed: boolean, parts: SyncParts): Promise<string[]> {
  const { settings, logger } = parts
  const place = placeOf(key, settings.keyPrefixes)
  const now = await bringInOrder(key, place, parts)
  const tell =
    removed || now.state === 'absent' || (now.state === 'present' && hasReplaced(now.head))
  logger.info({ key, ...summary(now), invalidate: tell }, 'origin in order')
  return tell ? invalidationItems(key, place, settings.cacheTags) : []
}

/** What is under a key after bringing it in order; what was taken is an event to come. */
type Present =
  | { state: 'present'; head: ObjectHead; purged?: number }
  | { state: 'absent'; purged?: number }
  | { state: 'taken'; verdict: string }

async function bringInOrder(
  key: string,
  place: KeyPlace,
  { origin, settings }: SyncParts,
): Promise<Present> {
  if (place.kind === 'variant') {
    const finding = await settleVariant(key, place.original, origin, settings)
    if (finding.verdict === 'current') return { state: 'present', head: finding.head }
    if (finding.verdict === 'absent') return { state: 'absent' }
    return { state: 'taken', verdict: finding.verdict }
  }
  const purged = place.kind === 'original' ? await purge(key, origin, settings) : 0
  const head = await origin.head(key)
  return head ? { state: 'present', head, purged } : { state: 'absent', purged }
}

/** Whether an object was written over another one, or by somebody who does not say. */
function hasReplaced({ metadata }: ObjectHead): boolean {
  return metadata[metadataNames.source] === undefined || metadataNames.replaces in metadata
}

function summary(now: Present): object {
  if (now.state === 'taken') return { state: now.state, verdict: now.verdict }
  return { state: now.state, purged: now.purged }
}
