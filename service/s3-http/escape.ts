/**
 * Percent-encodes a text as Signature Version 4 has it: RFC 3986's unreserved characters (2.3)
 * stand for themselves, and no other. `encodeURIComponent` leaves five more.
 */
export function escapeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Percent-encodes an object's key, or a part of one: slashes stand for themselves too. */
export function escapeKey(key: string): string {
  return escapeText(key).replaceAll('%2F', '/')
}
