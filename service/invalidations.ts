import { randomUUID } from 'node:crypto'
import { type Cdn, CdnError } from './cdn.ts'
import { backoffMs } from './retry.ts'

/** What became of an item: dropped by the cache, refused by it, or never sent for lack of room. */
type InvalidationOutcome = 'sent' | 'failed' | 'dropped'

/** What is told of items: `delayed`, because a call failed that will be repeated, or their end. */
export type InvalidationFailure = 'delayed' | Exclude<InvalidationOutcome, 'sent'>

/** Collects items to invalidate and sends them in batches. */
export interface Invalidations {
  /** Items that wait or are being sent. */
  readonly pending: number
  /** Queues an item; resolves, and never rejects, when its fate is known. */
  add(item: string): Promise<InvalidationOutcome>
  /** From now on sends what comes without waiting for more; resolves when nothing is pending. */
  flush(): Promise<void>
}

/** How items are collected, sent and repeated. */
export interface InvalidationPolicy {
  /** Items of one call at most. */
  maxBatch: number
  /** Milliseconds an item waits for others. */
  maxWaitMs: number
  /** Milliseconds between two calls at least: CloudFront throttles after a handful of rapid ones. */
  paceMs: number
  /** Items that may wait; more are dropped. */
  maxQueue: number
  retry: { baseMs: number; maxMs: number }
}

/** The policy of the service. */
export const invalidationPolicy: InvalidationPolicy = {
  maxBatch: 100,
  maxWaitMs: 2_000,
  paceMs: 1_000,
  maxQueue: 20_000,
  retry: { baseMs: 1_000, maxMs: 20_000 },
}

interface Item {
  since: number
  outcome: Promise<InvalidationOutcome>
  settle: (outcome: InvalidationOutcome) => void
}

type Batch = Map<string, Item>

/**
 * One call at a time is under way. Every batch has a CallerReference of its own, which its
 * repetitions reuse, so that CloudFront knows a call whose answer was lost. A batch that is
 * refused for one of its items is halved until that one stands alone.
 * @param onFailure is told what is delayed, refused for good or dropped, for the log
 */
export function createInvalidations(
  cdn: Cdn,
  onFailure: (failure: InvalidationFailure, items: readonly string[], error?: unknown) => void,
  policy: InvalidationPolicy = invalidationPolicy,
): Invalidations {
  const waiting: Batch = new Map()
  let sending = 0
  let running: Promise<void> | undefined
  let hurried = false
  let wake: (() => void) | undefined
  let lastCall = Number.NEGATIVE_INFINITY

  const pause = (ms: number, interruptible: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      if (!interruptible) return
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const paced = () => pause(Math.max(0, lastCall + policy.paceMs - performance.now()), false)

  const nextBatch = (): Batch => {
    const batch: Batch = new Map()
    for (const [item, entry] of waiting) {
      if (batch.size === policy.maxBatch) break
      batch.set(item, entry)
      waiting.delete(item)
    }
    return batch
  }

  const collected = async () => {
    while (!hurried && waiting.size < policy.maxBatch) {
      const [oldest] = waiting.values()
      const left = (oldest?.since ?? 0) + policy.maxWaitMs - performance.now()
      if (left <= 0) break
      await pause(left, true)
    }
  }

  const send = async (batch: Batch): Promise<void> => {
    const items = [...batch.keys()]
    const callerReference = randomUUID()
    for (let attempt = 1; ; attempt++) {
      await paced()
      lastCall = performance.now()
      try {
        await cdn.createInvalidation(items, callerReference)
        return settle(batch, 'sent')
      } catch (error) {
        const { retryable, itemAtFault } =
          error instanceof CdnError ? error : { retryable: false, itemAtFault: false }
        if (retryable) {
          onFailure('delayed', items, error)
          await pause(backoffMs(attempt, policy.retry), false)
        } else if (itemAtFault && batch.size > 1) {
          const entries = [...batch]
          const half = Math.ceil(entries.length / 2)
          await send(new Map(entries.slice(0, half)))
          return send(new Map(entries.slice(half)))
        } else {
          onFailure('failed', items, error)
          return settle(batch, 'failed')
        }
      }
    }
  }

  const run = async () => {
    while (waiting.size > 0) {
      await collected()
      // Before the batch is taken: what comes while the pace is waited for goes with it.
      await paced()
      const batch = nextBatch()
      sending = batch.size
      await send(batch)
      sending = 0
    }
    running = undefined
  }

  return {
    get pending() {
      return waiting.size + sending
    },
    add: (item) => {
      const queued = waiting.get(item)
      if (queued) return queued.outcome
      if (waiting.size >= policy.maxQueue) {
        onFailure('dropped', [item])
        return Promise.resolve('dropped')
      }
      const entry = newItem()
      waiting.set(item, entry)
      if (waiting.size >= policy.maxBatch) wake?.()
      running ??= run()
      return entry.outcome
    },
    flush: async () => {
      hurried = true
      wake?.()
      while (running) await running
    },
  }
}

function newItem(): Item {
  let settle: Item['settle'] = () => {}
  const outcome = new Promise<InvalidationOutcome>((resolve) => {
    settle = resolve
  })
  return { since: performance.now(), outcome, settle }
}

function settle(batch: Batch, outcome: InvalidationOutcome): void {
  for (const { settle } of batch.values()) settle(outcome)
}
