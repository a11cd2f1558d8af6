import type { IncomingHttpHeaders } from 'node:http'

/** What a conditional or range request is judged against. */
export interface Representation {
  /** Entity tag with its quotes. */
  etag: string | undefined
  /** An HTTP date. */
  lastModified: string | undefined
  bytes: number
}

/** What to answer: the whole, a part of it (both ends included), or only a status. */
export type Selection =
  | { status: 200 }
  | { status: 206; first: number; last: number }
  | { status: 304 | 412 | 416 }

/**
 * Judges the preconditions and the range of a GET or HEAD, in the order of RFC 9110, section 13.2.2.
 * Only single ranges are served in part; S3 and CloudFront answer several ranges with the whole.
 */
export function select(headers: IncomingHttpHeaders, representation: Representation): Selection {
  const { etag, lastModified } = representation
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, etag, false)) return { status: 412 }
  } else if (isAfter(lastModified, headers['if-unmodified-since'])) {
    return { status: 412 }
  }
  if (ifNoneMatch !== undefined) {
    if (listsTag(ifNoneMatch, etag, true)) return { status: 304 }
  } else if (isNotAfter(lastModified, headers['if-modified-since'])) {
    return { status: 304 }
  }
  return selectRange(headers, representation)
}

const singleRange = /^bytes=(\d*)-(\d*)$/

function selectRange(headers: IncomingHttpHeaders, representation: Representation): Selection {
  const match = singleRange.exec(headers.range?.trim() ?? '')
  if (!match || !rangeStillApplies(headers['if-range'], representation)) return { status: 200 }
  const [, from, to] = match as unknown as [string, string, string]
  if (from === '' && to === '') return { status: 200 }
  const { bytes } = representation
  const first = from === '' ? Math.max(bytes - Number(to), 0) : Number(from)
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (from !== '' && to !== '' && Number(to) < first) return { status: 200 }
  return first > last ? { status: 416 } : { status: 206, first, last }
}

function rangeStillApplies(
  ifRange: string | string[] | undefined,
  { etag, lastModified }: Representation,
): boolean {
  return ifRange === undefined || ifRange === etag || ifRange === lastModified
}

function listsTag(list: string, etag: string | undefined, weakly: boolean): boolean {
  if (etag === undefined) return false
  if (list.trim() === '*') return true
  const normal = (tag: string) => (weakly ? tag.replace(/^W\//, '') : tag)
  return list.split(',').some((tag) => normal(tag.trim()) === normal(etag))
}

function isAfter(lastModified: string | undefined, date: string | undefined): boolean {
  if (lastModified === undefined || date === undefined) return false
  return Date.parse(lastModified) > Date.parse(date)
}

function isNotAfter(lastModified: string | undefined, date: string | undefined): boolean {
  if (lastModified === undefined || date === undefined) return false
  return Date.parse(lastModified) <= Date.parse(date)
}
