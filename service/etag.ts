/**
 * Whether `If-None-Match` names the entity tag, by weak comparison (RFC 9110, 8.8.3.2 and 13.1.2).
 * @param etag strong, with its quotes
 */
export function etagMatches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true
  const tags = ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? []
  return tags.some((tag) => tag.replace(/^W\//, '') === etag)
}
