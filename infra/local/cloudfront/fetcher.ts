import type { OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type Lifetimes, lifetimeSeconds } from '../../freshness.ts'
import { endToEnd } from '../end-to-end.ts'
import { canonicalPath, namedBy } from './invalidation-items.ts'
import type { Origin, OriginAnswer, OriginFailure } from './origin.ts'
import type { CachedResponse, ResponseCache } from './response-cache.ts'

/** What the viewer gets: a response that could be kept, or one that is too large for that. */
export type Fetched =
  | { result: 'Hit' | 'Miss' | 'RefreshHit'; response: CachedResponse }
  | { result: 'Miss'; status: number; headers: OutgoingHttpHeaders; stream: Readable }

/** Brings responses from the cache or the origin. */
export interface Fetcher {
  /** @throws OriginFailure when the origin gives no answer and nothing is cached */
  get(path: string): Promise<Fetched>
  /**
   * Drops what the items of an invalidation name; returns how many responses these were. A request
   * to the origin that is under way for one of them may bring what is older: its answer is not
   * kept, and no viewer who comes later waits for it.
   */
  invalidate(items: readonly string[]): number
}

/** A request to the origin that is under way; `overtaken` by an invalidation of its path. */
interface Flight {
  readonly path: string
  overtaken: boolean
}

const cacheTagHeader = 'x-amz-meta-cache-tag'

/** @param options.now milliseconds since the epoch */
export function createFetcher(options: {
  origin: Pick<Origin, 'get'>
  cache: ResponseCache
  lifetimes: Lifetimes
  now: () => number
}): Fetcher {
  const { origin, cache, lifetimes, now } = options
  const underWay = new Set<Flight>()
  const joinable = new Map<string, { flight: Flight; fetched: Promise<Fetched> }>()

  function launch(path: string, stale: CachedResponse | undefined): Promise<Fetched> {
    const flight: Flight = { path, overtaken: false }
    const fetched = fetch(flight, stale).finally(() => {
      underWay.delete(flight)
      if (joinable.get(path)?.flight === flight) joinable.delete(path)
    })
    underWay.add(flight)
    joinable.set(path, { flight, fetched })
    return fetched
  }

  async function fetch(flight: Flight, stale: CachedResponse | undefined): Promise<Fetched> {
    const answer = await origin
      .get(flight.path, validators(stale))
      .catch((failure: OriginFailure) => failure)
    const failed = answer instanceof Error || answer.status >= 500
    if (failed && stale && stale.status < 400) return served(flight, 'Hit', postponed(stale))
    if (answer instanceof Error) throw answer
    if (answer.status === 304 && stale) {
      return served(flight, 'RefreshHit', refreshed(stale, answer))
    }
    if ('stream' in answer) return { ...answer, result: 'Miss', headers: endToEnd(answer.headers) }
    return served(flight, 'Miss', received(flight.path, answer, answer.body))
  }

  function served(
    flight: Flight,
    result: 'Hit' | 'Miss' | 'RefreshHit',
    response: CachedResponse,
  ): Fetched {
    if (!flight.overtaken && response.freshUntil > now()) cache.set(flight.path, response)
    return { result, response }
  }

  // CloudFront goes on with an expired object while its origin fails, and asks again after the
  // error caching minimum TTL.
  function postponed(stale: CachedResponse): CachedResponse {
    return { ...stale, freshUntil: now() + lifetimes.errorMin * 1000 }
  }

  function refreshed(stale: CachedResponse, answer: OriginAnswer): CachedResponse {
    const headers = { ...stale.headers, ...endToEnd(answer.headers) }
    return received(stale.path, { ...answer, status: stale.status, headers }, stale.body)
  }

  function received(
    path: string,
    answer: { status: number; headers: OutgoingHttpHeaders },
    body: Buffer,
  ): CachedResponse {
    const headers = { ...endToEnd(answer.headers), 'content-length': body.length }
    const seconds = lifetimeSeconds(answer.status, answer.headers, lifetimes, now())
    return {
      path: canonicalPath(path),
      tag: answer.headers[cacheTagHeader]?.toString(),
      status: answer.status,
      headers,
      body,
      storedAt: now(),
      freshUntil: now() + seconds * 1000,
    }
  }

  return {
    async get(path) {
      const cached = cache.get(path)
      if (cached && cached.freshUntil > now()) return { result: 'Hit', response: cached }
      const joined = await joinable.get(path)?.fetched
      // A stream has one reader: whoever joined it must ask the origin again.
      return joined && !('stream' in joined) ? joined : launch(path, cached)
    },
    invalidate(items) {
      const matchers = items.map(namedBy)
      const byTag = items.some((item) => item.startsWith('#'))
      for (const flight of underWay) {
        // The tag of an answer is unknown until it comes: it could be any.
        const named = { path: canonicalPath(flight.path), tag: undefined }
        if (!byTag && !matchers.some((matches) => matches(named))) continue
        flight.overtaken = true
        joinable.delete(flight.path)
      }
      return cache.drop((response) => matchers.some((matches) => matches(response)))
    },
  }
}

function validators(stale: CachedResponse | undefined): Record<string, string> {
  const etag = stale?.headers.etag
  const lastModified = stale?.headers['last-modified']
  if (etag !== undefined) return { 'if-none-match': String(etag) }
  return lastModified === undefined ? {} : { 'if-modified-since': String(lastModified) }
}
