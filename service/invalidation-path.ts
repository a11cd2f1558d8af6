/**
 * The path under which CloudFront has cached `key`: a leading slash, and everything but what
 * RFC 3986 allows in a path percent-encoded as UTF-8. CloudFront wants non-ASCII and unsafe
 * characters encoded, and nothing else: a path that is encoded further misses without a word.
 * `*` is a wildcard in invalidations only as the last character, and there is no way to say a
 * literal one; a key that ends in `*` drops more than itself, never less.
 */
export function invalidationPath(key: string): string {
  return `/${encodeURI(key).replace(/[#?[\]]/g, encodeURIComponent)}`
}

/**
 * The path under which to ask the distribution for `key`: S3's website endpoint reads a `+` in a
 * path as a space.
 */
export function viewerPath(key: string): string {
  return invalidationPath(key).replaceAll('+', '%2B')
}

/**
 * The paths to invalidate for `key`: more than one where viewers have to spell it otherwise than
 * invalidations do. Which of the two CloudFront compares is not documented.
 */
export function invalidationPaths(key: string): string[] {
  return [...new Set([invalidationPath(key), viewerPath(key)])]
}
