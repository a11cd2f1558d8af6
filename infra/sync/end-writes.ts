import type { OriginBucket } from './buckets.ts'

/**
 * `origin`, to which nothing is written behind `deadline`. Whoever waits for a write has gone by
 * then, and the event is delivered again; a write that came to pass behind that, as when Lambda
 * wakes a process that it had put to sleep, would be one that nobody looks at any more.
 */
export function endWrites(origin: OriginBucket, deadline: AbortSignal): OriginBucket {
  return {
    ...origin,
    remove: (key, options) => origin.remove(key, { ...options, signal: deadline }),
    copy: (key, sourceEtag, attributes, condition) =>
      origin.copy(key, sourceEtag, attributes, condition, deadline),
  }
}
