import { type ErrorCode, RightsizeError } from './errors.ts'
import { StoreError, type StoreFailure } from './store.ts'

const codeOfFailure: Readonly<Record<StoreFailure, ErrorCode>> = {
  missing: 'no_original',
  'too-large': 'original_too_large',
  denied: 'store_denied',
  throttled: 'store_throttled',
  timeout: 'store_timeout',
  aborted: 'deadline',
  condition: 'store_failed',
  'broken-body': 'store_failed',
  failed: 'store_failed',
}

/** Any failure as one that has a row in the table of answers; what is unknown is `internal`. */
export function asRightsizeError(error: unknown): RightsizeError {
  if (error instanceof RightsizeError) return error
  if (error instanceof StoreError) {
    return new RightsizeError(codeOfFailure[error.failure], { cause: error })
  }
  return new RightsizeError('internal', { cause: error })
}
