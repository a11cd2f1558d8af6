import type { Logger } from 'pino'
import type { Background } from './background.ts'
import type { Config } from './config.ts'
import { invalidationPaths } from './invalidation-path.ts'
import type { Invalidations } from './invalidations.ts'
import type { Made } from './make-variant.ts'
import type { Metrics } from './metrics.ts'
import { cacheTag, metadataNames } from './provenance.ts'
import { retry } from './retry.ts'
import { leavesOpen, type ObjectStore, StoreError, type StoreFailure } from './store.ts'
import { type WriteBackOutcome, writeBack } from './write-back.ts'
import { createWriteTurns } from './write-turns.ts'

/** What became of a variant behind the answer; `dropped` for want of memory. */
export type LandingOutcome = WriteBackOutcome | 'failed' | 'dropped'

/** A decided write-back. */
interface Written {
  outcome: LandingOutcome
  /** Whether the variant may stand under its key now, and did not before. */
  isNew: boolean
  error?: unknown
}

/** What landing needs. */
export interface LandingParts {
  config: Pick<Config, 'cacheControl' | 'cacheTags' | 'invalidation' | 'maxOutputBytes'>
  store: Pick<ObjectStore, 'head' | 'put' | 'remove'>
  invalidations: Invalidations | undefined
  background: Background
  metrics: Metrics
  logger: Logger
}

const retryableFailures: ReadonlySet<StoreFailure> = new Set(['throttled', 'timeout', 'failed'])

/** Over the SDK's own repetitions, for a store that is away for some seconds. */
const policy = { attempts: 3, baseMs: 500, maxMs: 4_000 }

/** Bytes of variants that wait to be written at most; a slow store must not fill the memory. */
const maxPendingBytes = 64 * 1024 * 1024

/** Keys whose paths are still to be invalidated that are remembered at most. */
const maxOwed = 10_000

/**
 * Writes variants back and invalidates their paths, behind the answers. The promise of `land`
 * never rejects and resolves when the write-back is decided; the rest is tracked in `background`.
 * What could not be invalidated is so with the next write-back that finds the variant there.
 */
export function createLanding(parts: LandingParts): {
  land: (made: Made) => Promise<LandingOutcome>
} {
  const { config, store, metrics, logger } = parts
  const owed = new Set<string>()
  let pendingBytes = 0
  const turn = createWriteTurns(() => pendingBytes)

  const write = async (made: Made): Promise<Written> => {
    if (pendingBytes > 0 && pendingBytes + made.body.length > maxPendingBytes) {
      return { outcome: 'dropped', isNew: false }
    }
    pendingBytes += made.body.length
    const tag = config.cacheTags && { [metadataNames.cacheTag]: cacheTag(made.original) }
    const attributes = { cacheControl: config.cacheControl, metadata: { ...tag } }
    const variant = { ...made, key: made.image.key }
    const puts = watchPuts(store)
    let repeated = false
    try {
      // The viewer of one that is too large for an answer is sent to where it will be.
      await turn(made.body.length > config.maxOutputBytes)
      const outcome = await retry(
        (attempt) => {
          repeated = attempt > 1
          return writeBack({ ...store, put: puts.put }, variant, attributes)
        },
        (error) => error instanceof StoreError && retryableFailures.has(error.failure),
        policy,
      )
      // A repetition that finds the variant present may have found its own.
      const decided = outcome === 'present' && repeated ? 'written' : outcome
      return { outcome: decided, isNew: decided === 'written' }
    } catch (error) {
      // What was put stands, though its original could not be looked at behind that.
      return { outcome: 'failed', isNew: puts.mayStand, error }
    } finally {
      pendingBytes -= made.body.length
    }
  }

  /** Returns what became of the key's paths: of several, the one that went worst. */
  const invalidate = async (key: string) => {
    const { invalidations } = parts
    if (!invalidations || config.invalidation !== 'every-write') return undefined
    const paths = invalidationPaths(key)
    const outcomes = await Promise.all(paths.map((path) => invalidations.add(path)))
    for (const outcome of outcomes) metrics.invalidations.inc({ outcome })
    const lost = outcomes.find((outcome) => outcome !== 'sent')
    if (!lost) owed.delete(key)
    else if (owed.size < maxOwed) owed.add(key)
    return lost ?? 'sent'
  }

  // Is given the key alone: what waits to be invalidated must not keep the variant's bytes.
  const finish = async (key: string, written: ReturnType<typeof write>) => {
    const start = performance.now()
    const { outcome, isNew, error } = await written
    metrics.writeBacks.inc({ outcome })
    const writeBackMs = Math.round(performance.now() - start)
    if (error) logger.error({ key, err: error }, 'write-back failed')
    const isDue = isNew || (outcome === 'present' && owed.has(key))
    const invalidation = isDue ? await invalidate(key) : undefined
    const ms = Math.round(performance.now() - start)
    logger.info({ key, writeBack: outcome, writeBackMs, invalidation, ms }, 'landed')
  }

  return {
    land: (made) => {
      const written = write(made)
      parts.background.track(finish(made.image.key, written))
      return written.then(({ outcome }) => outcome)
    },
  }
}

/** The writes to `store`, and whether what one of them wrote may stand. */
function watchPuts(store: Pick<ObjectStore, 'put'>) {
  let mayStand = false
  const put: ObjectStore['put'] = async (...call) => {
    try {
      const answer = await store.put(...call)
      mayStand = true
      return answer
    } catch (error) {
      mayStand ||= leavesOpen(error)
      throw error
    }
  }
  return {
    put,
    get mayStand() {
      return mayStand
    },
  }
}
