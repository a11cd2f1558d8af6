import { invalidationPaths } from '../../service/invalidation-path.ts'
import { cacheTag } from '../../service/provenance.ts'
import { websiteDocuments } from '../flow.ts'
import type { KeyPlace } from './key-place.ts'

/**
 * What to invalidate when the object under `key` is not what it was: its path, for the index
 * document of a folder the folder's too, or the tag that an original shares with its variants. An
 * original's path goes beside the tag, as its copy may be cached from before there were tags.
 */
export function invalidationItems(key: string, place: KeyPlace, cacheTags: boolean): string[] {
  if (cacheTags && place.kind === 'original') return [`#${cacheTag(key)}`, ...paths(key)]
  if (cacheTags && place.kind === 'variant' && place.original !== undefined) {
    return [`#${cacheTag(place.original)}`]
  }
  return paths(key)
}

function paths(key: string): string[] {
  const index = `/${websiteDocuments.index}`
  return invalidationPaths(key).flatMap((path) =>
    path.endsWith(index) ? [path, path.slice(0, 1 - index.length)] : [path],
  )
}
