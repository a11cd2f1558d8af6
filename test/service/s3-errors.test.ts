import { NoSuchKey, NotFound, S3ServiceException } from '@aws-sdk/client-s3'
import t from 'tap'
import { storeError } from '../../service/s3-errors.ts'
import { StoreError, type StoreFailure } from '../../service/store.ts'

type Row = [name: string, status: number | undefined, failure: StoreFailure]

const table: Row[] = [
  ['NoSuchKey', 404, 'missing'],
  ['NotFound', 404, 'missing'],
  ['NoSuchBucket', 404, 'failed'],
  ['NoSuchUpload', 404, 'failed'],
  ['UnknownError', 404, 'failed'],
  ['AccessDenied', 403, 'denied'],
  ['Forbidden', 403, 'denied'],
  ['SignatureDoesNotMatch', 403, 'denied'],
  ['ExpiredToken', 400, 'failed'],
  ['PreconditionFailed', 412, 'condition'],
  ['ConditionalRequestConflict', 409, 'condition'],
  ['OperationAborted', 409, 'condition'],
  ['412', 412, 'condition'],
  ['SlowDown', 503, 'throttled'],
  ['ServiceUnavailable', 503, 'throttled'],
  ['503', 503, 'throttled'],
  ['Throttling', 400, 'throttled'],
  ['ThrottlingException', 400, 'throttled'],
  ['RequestLimitExceeded', 400, 'throttled'],
  ['TooManyRequests', 429, 'throttled'],
  ['RequestTimeout', 400, 'timeout'],
  ['TimeoutError', undefined, 'timeout'],
  ['408', 408, 'timeout'],
  ['InternalError', 500, 'failed'],
  ['502', 502, 'failed'],
  ['InvalidArgument', 400, 'failed'],
  ['Error', undefined, 'failed'],
  ['constructor', undefined, 'failed'],
  ['toString', undefined, 'failed'],
]

for (const [name, status, failure] of table) {
  t.test(`${name} with status ${status} is ${failure}`, async (t) => {
    const $metadata = status === undefined ? undefined : { httpStatusCode: status }
    const cause = Object.assign(new Error('why'), { name, $metadata })
    const error = storeError(cause)
    t.type(error, StoreError)
    t.match(error, { failure, message: `S3: ${name} why` })
    t.equal(error.cause, cause)
  })
}

t.test('the exceptions of the SDK itself', async (t) => {
  const $metadata = { httpStatusCode: 404 }
  t.equal(storeError(new NoSuchKey({ message: '', $metadata })).failure, 'missing')
  t.equal(storeError(new NotFound({ message: '', $metadata })).failure, 'missing')
  const options = { name: 'NoSuchBucket', $fault: 'client', message: '', $metadata } as const
  t.equal(storeError(new S3ServiceException(options)).failure, 'failed')
})

t.test('what was ended by its signal is aborted, whatever the SDK says', async (t) => {
  const cause = Object.assign(new Error('Request aborted'), { name: 'AbortError' })
  t.equal(storeError(cause, AbortSignal.abort()).failure, 'aborted')
  t.equal(storeError(new StoreError('timeout', 'x'), AbortSignal.abort()).failure, 'aborted')
  t.equal(storeError(cause, new AbortController().signal).failure, 'failed')
})

t.test('a connection that breaks is no timeout, though the SDK calls it one', async (t) => {
  for (const code of ['ECONNRESET', 'EPIPE']) {
    const cause = Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code })
    t.equal(storeError(cause).failure, 'failed', code)
  }
})

t.test('all addresses that take no connection are told', async (t) => {
  const cause = new AggregateError([new Error('a refused'), new Error('b refused')])
  t.equal(storeError(cause).message, 'S3: AggregateError a refused, b refused')
})

t.test('a StoreError stays what it is', async (t) => {
  const error = new StoreError('too-large', 'x')
  t.equal(storeError(error), error)
})

t.test('whatever is thrown becomes a StoreError', async (t) => {
  for (const thrown of ['text', 42, {}, new Error('x')]) {
    t.equal(storeError(thrown).failure, 'failed')
  }
})
