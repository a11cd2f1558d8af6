import { type Cdn, CdnError } from '../../service/cdn.ts'
import { type RetryPolicy, retry } from '../../service/retry.ts'

/**
 * About 20 s in all, and less than the function's 60 s even if every call takes its full 5 s: far
 * sooner than the queue would deliver a message again that failed.
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
