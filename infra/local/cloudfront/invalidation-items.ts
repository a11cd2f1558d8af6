/** What an invalidation needs to know of a cached response. */
export interface Invalidatable {
  /** As `canonicalPath` spells it. */
  path: string
  /** The cache tag it carries. */
  tag: string | undefined
}

/**
 * The spelling in which invalidations name a path: non-ASCII and unsafe characters percent-encoded
 * and nothing else, whatever the viewer's own spelling was. A `+` stands for itself.
 * @param path as it came in the request line, without the query
 */
export function canonicalPath(path: string): string {
  try {
    return encodeURI(decodeURIComponent(path)).replace(/[#?[\]]/g, encodeURIComponent)
  } catch {
    return path
  }
}

/**
 * Tells which responses an item of an invalidation names: a path, a path with `*` as its last
 * character, or a `#`-led tag. Paths are compared with case and exactly as spelled, so that a path
 * which is encoded further than it should be names nothing, as with CloudFront.
 */
export function namedBy(item: string): (response: Invalidatable) => boolean {
  if (item.startsWith('#')) {
    const tag = item.slice(1).toLowerCase()
    return (response) => response.tag?.toLowerCase() === tag
  }
  if (item.endsWith('*')) {
    const start = item.slice(0, -1)
    return (response) => response.path.startsWith(start)
  }
  return (response) => response.path === item
}

const longestItem = 4000
const printableAscii = /^[\x21-\x7e]+$/

/** Whether CloudFront takes `item`; tags only if the distribution knows which header they are in. */
export function isValidItem(item: string, options: { tags: boolean }): boolean {
  if (item.length > longestItem || !printableAscii.test(item)) return false
  return item.startsWith('/') || (options.tags && /^#.{1,256}$/.test(item))
}
