import { setTimeout as sleep } from 'node:timers/promises'

/** How a failing call is repeated. */
export interface RetryPolicy {
  /** Calls in all. */
  attempts: number
  /** Milliseconds of the first pause at most; each further pause may be twice as long. */
  baseMs: number
  /** Milliseconds of a pause at most. */
  maxMs: number
}

/**
 * Milliseconds to wait before repeating for the `retry`-th time, from 1: half of an exponentially
 * growing span, and the other half at random, so that many who failed together do not return
 * together.
 */
export function backoffMs(retry: number, { baseMs, maxMs }: Omit<RetryPolicy, 'attempts'>): number {
  const span = Math.min(maxMs, baseMs * 2 ** (retry - 1))
  return span / 2 + (span / 2) * Math.random()
}

/**
 * Calls `call` until it resolves, `retryable` says no, or the attempts are used up.
 * @param call is told which attempt it is, from 1
 * @throws what the last call rejected with
 */
export async function retry<T>(
  call: (attempt: number) => Promise<T>,
  retryable: (error: unknown) => boolean,
  policy: RetryPolicy,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt)
    } catch (error) {
      if (attempt >= policy.attempts || !retryable(error)) throw error
      await sleep(backoffMs(attempt, policy))
    }
  }
}
