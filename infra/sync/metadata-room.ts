import { metadataNames } from '../../service/provenance.ts'

/** S3's limit for the names and values of an object's user metadata, in bytes of UTF-8 together. */
const maxBytes = 2048

/** The entity tag of an upload in 10,000 parts, with its quotes; no other of S3's is longer. */
const longestEtag = `"${'0'.repeat(32)}-10000"`

/**
 * User metadata of an upload with `own` beside it: what an upload may have leaves no room for
 * more. The longest of its entries are left out as far as it takes; the original keeps them. What
 * is kept does not depend on whether the copy replaces another one.
 */
export function withOwn(
  upload: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  let room = maxBytes - bytesOf([metadataNames.replaces, longestEtag])
  for (const entry of Object.entries(own)) room -= bytesOf(entry)
  const kept = Object.entries(upload)
    .filter(([name]) => !Object.hasOwn(own, name))
    .sort((a, b) => bytesOf(a) - bytesOf(b) || (a[0] < b[0] ? -1 : 1))
    .filter((entry) => {
      room -= bytesOf(entry)
      return room >= 0
    })
  return { ...Object.fromEntries(kept), ...own }
}

function bytesOf([name, value]: readonly [string, string]): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value)
}
