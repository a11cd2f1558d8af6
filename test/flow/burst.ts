import { setTimeout as sleep } from 'node:timers/promises'
import type { Laptop } from '../../infra/local/laptop.ts'
import { ask } from '../infra/local/http.ts'
import { until } from '../until.ts'
import { picture } from './flow.ts'

/** What came of a burst. */
export interface BurstOutcome {
  /** Seconds in which the variants were written. */
  writtenWithin: number
  /** Seconds from the last write to the last invalidation. */
  invalidatedAfter: number
  /** Calls of CreateInvalidation that arrived, those included that were throttled. */
  calls: number
  accepted: number
  /** Paths that were invalidated never, more than once, or without a variant. */
  wrong: string[]
}

const sizes = Array.from({ length: 10 }, (_, index) => `${20 + index}x20`)

/** What the laptop's environment needs for a burst. */
export const burstEnvironment = { ALLOWED_DIMENSIONS: sizes.join(','), QUEUE_LIMIT: '10000' }

/**
 * Asks the service for `count` new variants, ten of each original, evenly over `seconds`, while
 * CloudFront takes one invalidation call a second, and waits until every variant is invalidated.
 * The laptop is stopped then.
 */
export async function burst(
  laptop: Laptop,
  { count, seconds }: { count: number; seconds: number },
): Promise<BurstOutcome> {
  const { cloudFront, faults, buckets } = laptop
  const originals = Math.ceil(count / sizes.length)
  await upload(laptop, originals)
  cloudFront.rate.callsPerSecond = 1
  // A fault that does nothing counts the calls, whatever becomes of them.
  faults.add({ operation: 'CreateInvalidation', action: { kind: 'delay', ms: 0 } })
  const earlier = { hits: faults.hits, invalidations: cloudFront.invalidations.length }

  const keys = Array.from({ length: count }, (_, index) => {
    return `img/${sizes[Math.floor(index / originals)]}/${index % originals}.png`
  })
  await Promise.all(
    keys.map(async (key, index) => {
      await sleep((index / count) * seconds * 1000)
      const { status, body } = await ask(laptop.addresses.service, `/prod?key=${key}`)
      if (status !== 200) throw new Error(`${key}: ${status} ${body}`)
    }),
  )
  const sent = () => cloudFront.invalidations.slice(earlier.invalidations)
  await until(() => new Set(sent().flatMap(({ items }) => items)).size >= count)

  const heads = await Promise.all(keys.map((key) => buckets.origin.head(key)))
  const times = heads.map((head) => head?.lastModified.getTime() ?? Number.NaN)
  const lastSent = Math.max(...sent().map(({ createdAt }) => createdAt.getTime()))
  const lastWrite = Math.max(...times)
  await laptop.stop()
  const invalidated = sent().flatMap(({ items }) => items)
  return {
    writtenWithin: (lastWrite - Math.min(...times)) / 1000,
    invalidatedAfter: (lastSent - lastWrite) / 1000,
    calls: faults.hits - earlier.hits,
    accepted: sent().length,
    wrong: notOnce(keys, invalidated),
  }
}

/** Small originals, because what is asked is not how fast pictures are made. */
async function upload({ buckets }: Laptop, count: number): Promise<void> {
  const bytes = await picture('png', { width: 64, height: 48 })
  for (let index = 0; index < count; index++) {
    await buckets.original.write(`img/${index}.png`, bytes, { contentType: 'image/png' })
  }
  for (let index = 0; index < count; index++) {
    await until(() => buckets.origin.head(`img/${index}.png`))
  }
}

function notOnce(keys: readonly string[], invalidated: readonly string[]): string[] {
  const counts = new Map(keys.map((key) => [`/${key}`, 0]))
  for (const path of invalidated) counts.set(path, (counts.get(path) ?? -1) + 1)
  return [...counts].filter(([, count]) => count !== 1).map(([path]) => path)
}
