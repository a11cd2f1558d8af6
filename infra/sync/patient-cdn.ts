import { type Cdn, CdnError } from '../../service/cdn.ts'
import { type RetryPolicy, retry } from '../../service/retry.ts'

/**
 * About 20 s in all, far sooner than the queue would deliver a message again that failed. Where calls
 * take long, the deadline of `invalidate` comes first.
 */
const lambdaPolicy: RetryPolicy = { attempts: 6, baseMs: 1_000, maxMs: 8_000 }

/** `cdn`, asked again with the same CallerReference while it throttles or is away. */
export function patientCdn(cdn: Cdn, policy: RetryPolicy = lambdaPolicy): Cdn {
  return {
    createInvalidation: (items, callerReference) =>
      retry(
        () => cdn.createInvalidation(items, callerReference),
        (error) => error instanceof CdnError && error.retryable,
        policy,
      ),
  }
}
