import { invalidationPath } from '../../service/invalidation-path.ts'
import { cacheTag } from '../../service/provenance.ts'
import { websiteDocuments } from '../flow.ts'
import type { KeyPlace } from './key-place.ts'

/**
 * What to invalidate when the object under `key` is not what it was: its path, for the index
 * document of a folder the folder's too, or the tag that an original shares with its variants.
 */
export function invalidationItems(key: string, place: KeyPlace, cacheTags: boolean): string[] {
  if (cacheTags && place.kind === 'original') return [`#${cacheTag(key)}`]
  if (cacheTags && place.kind === 'variant' && place.original !== undefined) {
    return [`#${cacheTag(place.original)}`]
  }
  const path = invalidationPath(key)
  const index = `/${websiteDocuments.index}`
  return path.endsWith(index) ? [path, path.slice(0, 1 - index.length)] : [path]
}
