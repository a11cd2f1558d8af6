import { StoreError } from '../../service/store.ts'
import type { OriginBucket } from './buckets.ts'

/**
 * `origin`, to which nothing is written behind `deadline`. Whoever waits for a write has gone by
 * then, and the event is delivered again; a write that came to pass behind that, as when Lambda
 * wakes a process that it had put to sleep, would be one that nobody looks at any more.
 */
export function endWrites(origin: OriginBucket, deadline: AbortSignal): OriginBucket {
  const checkTime = () => {
    if (deadline.aborted) throw new StoreError('aborted', 'the time to write is over')
  }
  return {
    ...origin,
    remove: async (key, options) => {
      checkTime()
      return origin.remove(key, { ...options, signal: deadline })
    },
    copy: async (key, sourceEtag, attributes, condition) => {
      checkTime()
      return origin.copy(key, sourceEtag, attributes, condition, deadline)
    },
  }
}
