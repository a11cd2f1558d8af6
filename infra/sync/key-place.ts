import { isVariantLike, prefixOf } from '../../service/image-key.ts'

/**
 * What a key is by its spelling. `original` of a variant is undefined where nothing is made under
 * its key: the path is itself spelled like a variant's, or lies below a nested prefix, so that the
 * variant has its place there.
 */
export type KeyPlace =
  | { readonly kind: 'variant'; readonly original: string | undefined }
  | { readonly kind: 'original'; readonly prefix: string; readonly path: string }
  | { readonly kind: 'other' }

/**
 * Tells variants, originals, and what lies outside the prefixes, apart. Spellings that the service
 * refuses (`0150x200`, `150X200`) count as variants, too: no original can live there.
 */
export function placeOf(key: string, prefixes: readonly string[]): KeyPlace {
  const prefix = prefixOf(key, prefixes)
  if (prefix === undefined || key === prefix) return { kind: 'other' }
  const rest = key.slice(prefix.length)
  const path = behindVariant(rest)
  if (path === undefined) return { kind: 'original', prefix, path: rest }
  const original = prefix + path
  const isMade = behindVariant(path) === undefined && prefixOf(original, prefixes) === prefix
  return { kind: 'variant', original: isMade ? original : undefined }
}

function behindVariant(rest: string): string | undefined {
  const slash = rest.indexOf('/')
  return slash > 0 && isVariantLike(rest.slice(0, slash)) ? rest.slice(slash + 1) : undefined
}
