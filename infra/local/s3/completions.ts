import { createLock } from '../bucket/locks.ts'

/** Completed uploads that are remembered; beyond that, the first ones go. */
const maxRemembered = 1000

/** Completions of uploads, each of which counts once however often it is asked for. */
export interface Completions {
  /**
   * The entity tag that `complete` returns for the upload `id`; or that it returned before, for the
   * same `request`. An upload is completed by one at a time.
   */
  once(id: string, request: string, complete: () => Promise<string>): Promise<string>
}

/**
 * Remembers completions. S3 does for a while, so that one whose answer was lost may be sent again,
 * as SDKs do: it answers the same once more, whatever has become of the object (seen by others:
 * minio/minio#13318, adobe/S3Mock#2586; its documentation is silent).
 */
export function createCompletions(): Completions {
  const done = new Map<string, { request: string; etag: string }>()
  const lock = createLock()
  return {
    once: (id, request, complete) =>
      lock(id, async () => {
        const before = done.get(id)
        if (before?.request === request) return before.etag
        const etag = await complete()
        done.set(id, { request, etag })
        if (done.size > maxRemembered) done.delete(done.keys().next().value as string)
        return etag
      }),
  }
}
