import { reasonOf } from './reason-of.ts'
import { StoreError, type StoreFailure } from './store.ts'

/** What of the SDK's errors is looked at. */
interface SdkError {
  name?: string
  code?: string
  message?: string
  $metadata?: { httpStatusCode?: number }
}

const failureOfName: Readonly<Record<string, StoreFailure>> = {
  NoSuchKey: 'missing',
  NotFound: 'missing',
  PreconditionFailed: 'condition',
  ConditionalRequestConflict: 'condition',
  AccessDenied: 'denied',
  Forbidden: 'denied',
  SlowDown: 'throttled',
  ServiceUnavailable: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestLimitExceeded: 'throttled',
  TimeoutError: 'timeout',
  RequestTimeout: 'timeout',
}

const failureOfStatus: Readonly<Record<number, StoreFailure>> = {
  403: 'denied',
  408: 'timeout',
  409: 'condition',
  412: 'condition',
  429: 'throttled',
  503: 'throttled',
}

/**
 * Whatever a call of the SDK rejected with, as a `StoreError`. Only `NoSuchKey` and `NotFound` are
 * `missing`: every other 404, such as that of a missing bucket, is a failure.
 */
export function storeError(error: unknown, signal?: AbortSignal): StoreError {
  if (signal?.aborted) return new StoreError('aborted', 'the call was ended', { cause: error })
  if (error instanceof StoreError) return error
  const { name = '', code = '', $metadata } = error as SdkError
  // The SDK calls broken connections timeouts, too, so that they are repeated.
  const isBroken = code === 'ECONNRESET' || code === 'EPIPE'
  const named = Object.hasOwn(failureOfName, name) ? failureOfName[name] : undefined
  const known = isBroken ? 'failed' : named
  const failure = known ?? failureOfStatus[$metadata?.httpStatusCode ?? 0] ?? 'failed'
  return new StoreError(failure, `S3: ${name} ${reasonOf(error as SdkError)}`.trim(), {
    cause: error,
  })
}
