import type { OutgoingHttpHeaders } from 'node:http'
import type { Invalidatable } from './invalidation-items.ts'

/** A response of the origin as it is kept; times are milliseconds since the epoch. */
export interface CachedResponse extends Invalidatable {
  status: number
  /** With names in lower case. */
  headers: OutgoingHttpHeaders
  body: Buffer
  storedAt: number
  freshUntil: number
}

/** Responses by the path that viewers ask for; the least recently used go when room is needed. */
export interface ResponseCache {
  get(path: string): CachedResponse | undefined
  /** Keeps `response`, unless it alone is larger than the whole cache. */
  set(path: string, response: CachedResponse): void
  /** Drops what `matches`; returns how many. */
  drop(matches: (response: CachedResponse) => boolean): number
  readonly bytes: number
}

// What a response costs beyond its body: headers, keys and the objects that hold them.
const overheadBytes = 1024

/** @param maxBytes bodies and a flat kilobyte for the rest of each response */
export function createResponseCache(maxBytes: number): ResponseCache {
  const responses = new Map<string, CachedResponse>()
  let bytes = 0

  function remove(path: string, response: CachedResponse): void {
    responses.delete(path)
    bytes -= cost(response)
  }

  return {
    get(path) {
      const response = responses.get(path)
      if (!response) return undefined
      responses.delete(path)
      responses.set(path, response)
      return response
    },
    set(path, response) {
      const former = responses.get(path)
      if (former) remove(path, former)
      if (cost(response) > maxBytes) return
      responses.set(path, response)
      bytes += cost(response)
      for (const [oldest, victim] of responses) {
        if (bytes <= maxBytes) break
        remove(oldest, victim)
      }
    },
    drop(matches) {
      const before = responses.size
      for (const [path, response] of responses) if (matches(response)) remove(path, response)
      return before - responses.size
    },
    get bytes() {
      return bytes
    },
  }
}

function cost(response: CachedResponse): number {
  return response.body.length + overheadBytes
}
