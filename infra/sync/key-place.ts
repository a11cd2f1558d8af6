import { isVariantLike, prefixOf } from '../../service/image-key.ts'

/**
 * What a key is by its spelling. `original` of a variant is undefined where the path is itself
 * spelled like a variant's: nothing is ever made from a variant.
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
  return {
    kind: 'variant',
    original: behindVariant(path) === undefined ? prefix + path : undefined,
  }
}

function behindVariant(rest: string): string | undefined {
  const slash = rest.indexOf('/')
  return slash > 0 && isVariantLike(rest.slice(0, slash)) ? rest.slice(slash + 1) : undefined
}
