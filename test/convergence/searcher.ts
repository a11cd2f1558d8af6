import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Finding, Search } from './search.ts'

/** One that searches, one search after the other. */
export interface Searcher {
  search(wanted: Search): Promise<Finding>
  stop(): Promise<unknown>
}

/**
 * Starts a thread to search in: tap follows every promise of its own thread, which would take
 * most of the time.
 */
export function startSearcher(): Searcher {
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url))
  return {
    search: async (wanted) => {
      worker.postMessage(wanted)
      const [finding] = await once(worker, 'message')
      return finding
    },
    stop: () => worker.terminate(),
  }
}
