import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Finding, Search } from './search.ts'

/** Searches in a thread of its own: tap follows every promise of its own thread, which takes most of the time. */
export async function runSearch(search: Search): Promise<Finding> {
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { workerData: search })
  const [finding] = await once(worker, 'message')
  await worker.terminate()
  return finding
}

/** Splits a search over `threads` with seeds of their own. The first counterexample counts. */
export async function runSearches(search: Search, threads: number): Promise<Finding> {
  const share = Math.ceil(search.interleavings / threads)
  const parts = Array.from({ length: threads }, (_, index) =>
    runSearch({ ...search, interleavings: share, seed: search.seed + index }),
  )
  const findings = await Promise.all(parts)
  return {
    interleavings: findings.reduce((sum, finding) => sum + finding.interleavings, 0),
    steps: findings.reduce((sum, finding) => sum + finding.steps, 0),
    counterexample: findings.find((finding) => finding.counterexample)?.counterexample,
  }
}
