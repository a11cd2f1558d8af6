import type { RequestListener } from 'node:http'
import type { Lifetimes } from '../../freshness.ts'
import type { Faults } from '../faults.ts'
import { createCloudFrontApi } from './api.ts'
import { createDistribution } from './distribution.ts'
import { createFetcher } from './fetcher.ts'
import { createInvalidations, type Invalidation } from './invalidations.ts'
import { httpOrigin } from './origin.ts'
import { createResponseCache } from './response-cache.ts'

/** What one distribution is made with. */
export interface CloudFrontOptions {
  distributionId: string
  /** The website endpoint. */
  origin: URL
  lifetimes: Lifetimes
  /** Whether invalidations may name cache tags. */
  tags: boolean
  faults: Faults
  /** How long an invalidation counts as in progress. */
  inProgressMs: number
  now: () => number
}

/** One distribution and its control API. */
export interface CloudFront {
  viewers: RequestListener
  api: RequestListener
  /** All invalidations, the oldest first. */
  readonly invalidations: readonly Invalidation[]
  /** Calls of CreateInvalidation that are taken in a second; undefined: all. */
  readonly rate: { callsPerSecond: number | undefined }
  close(): void
}

const cacheBytes = 256 * 1024 * 1024
const largestKeptBytes = 32 * 1024 * 1024
// CloudFront's own default for the origin's response timeout.
const originTimeoutMs = 30_000

/** A distribution whose cache begins empty. */
export function createCloudFront(options: CloudFrontOptions): CloudFront {
  const { distributionId, lifetimes, tags, faults, inProgressMs, now } = options
  const origin = httpOrigin(options.origin, {
    wholeUpTo: largestKeptBytes,
    timeoutMs: originTimeoutMs,
  })
  const cache = createResponseCache(cacheBytes)
  const fetcher = createFetcher({ origin, cache, lifetimes, now })
  const { invalidate } = fetcher
  const invalidations = createInvalidations({ invalidate, inProgressMs, tags, now })
  const rate = { callsPerSecond: undefined }
  return {
    viewers: createDistribution({ fetcher, now }),
    api: createCloudFrontApi({ distributionId, invalidations, rate, faults, now }),
    invalidations: invalidations.all,
    rate,
    close: origin.close,
  }
}
