import t from 'tap'
import { asRightsizeError } from '../../service/answer-error.ts'
import { type ErrorCode, errorBody, RightsizeError, retryAfter } from '../../service/errors.ts'
import { StoreError, type StoreFailure } from '../../service/store.ts'

type Row = readonly [status: number, errorType: string, retryAfter: number | undefined]

const table: Record<ErrorCode, Row> = {
  http_malformed: [400, 'BadRequest', undefined],
  key_missing: [400, 'BadRequest', undefined],
  key_malformed: [400, 'BadRequest', undefined],
  key_not_canonical: [400, 'BadRequest', undefined],
  unsupported_dimensions: [403, 'Forbidden', undefined],
  unsupported_type: [403, 'Forbidden', undefined],
  no_original: [404, 'NotFound', undefined],
  no_route: [404, 'NotFound', undefined],
  method_not_allowed: [405, 'MethodNotAllowed', undefined],
  request_timeout: [408, 'RequestTimeout', undefined],
  original_too_large: [413, 'PayloadTooLarge', undefined],
  result_too_large: [413, 'PayloadTooLarge', undefined],
  type_mismatch: [415, 'UnsupportedMediaType', undefined],
  undecodable: [422, 'UnprocessableEntity', undefined],
  too_many_pixels: [422, 'UnprocessableEntity', undefined],
  too_many_frames: [422, 'UnprocessableEntity', undefined],
  too_much_memory: [422, 'UnprocessableEntity', undefined],
  headers_too_large: [431, 'RequestHeaderFieldsTooLarge', undefined],
  client_closed_request: [499, 'ClientClosedRequest', undefined],
  internal: [500, 'InternalServerError', undefined],
  store_failed: [502, 'BadGateway', undefined],
  store_denied: [502, 'BadGateway', undefined],
  overloaded: [503, 'ServiceUnavailable', 1],
  not_stored: [503, 'ServiceUnavailable', 1],
  store_throttled: [503, 'ServiceUnavailable', 1],
  stopping: [503, 'ServiceUnavailable', 1],
  store_timeout: [504, 'GatewayTimeout', undefined],
  deadline: [504, 'GatewayTimeout', undefined],
}

const rows = Object.entries(table) as [ErrorCode, Row][]

for (const [code, [status, errorType, seconds]] of rows) {
  t.test(`${code} is ${status} ${errorType}`, async (t) => {
    const error = new RightsizeError(code)
    t.ok(error.message.length > 10)
    t.equal(retryAfter(error), seconds)
    t.strictSame(errorBody(error, 'id'), {
      errorType,
      status,
      requestId: 'id',
      code,
      message: error.message,
    })
  })

  t.test(`${code} ${status < 500 ? 'may say more' : 'says nothing of the inside'}`, async (t) => {
    const plain = new RightsizeError(code).message
    const cause = new Error('at 10.0.0.1')
    const error = new RightsizeError(code, { message: 'exactly this', cause })
    t.equal(errorBody(error, 'id').message, status < 500 ? 'exactly this' : plain)
    t.notMatch(JSON.stringify(errorBody(error, 'id')), '10.0.0.1')
    t.equal(error.cause, cause)
  })
}

t.test('the two refusals of the allowlists keep their words', async (t) => {
  t.equal(new RightsizeError('unsupported_dimensions').message, 'unsupported image dimensions.')
  t.equal(new RightsizeError('unsupported_type').message, 'unsupported image type.')
})

t.test('says what would have been accepted', async (t) => {
  const error = new RightsizeError('unsupported_type', { allowed: ['.png'] })
  t.strictSame(errorBody(error, 'id').allowed, ['.png'])
  t.notOk('allowed' in errorBody(new RightsizeError('unsupported_type'), 'id'))
})

const failures: [failure: StoreFailure, code: ErrorCode][] = [
  ['missing', 'no_original'],
  ['too-large', 'original_too_large'],
  ['denied', 'store_denied'],
  ['throttled', 'store_throttled'],
  ['timeout', 'store_timeout'],
  ['aborted', 'deadline'],
  ['condition', 'store_failed'],
  ['broken-body', 'store_failed'],
  ['failed', 'store_failed'],
]

for (const [failure, code] of failures) {
  t.test(`the store's ${failure} is answered as ${code}`, async (t) => {
    const cause = new StoreError(failure, 'inside')
    const error = asRightsizeError(cause)
    t.equal(error.code, code)
    t.equal(error.cause, cause)
  })
}

t.test('whatever else is thrown is internal', async (t) => {
  for (const thrown of [new TypeError('inside'), 'text', undefined, null, 42]) {
    const error = asRightsizeError(thrown)
    t.equal(error.code, 'internal')
    t.equal(error.message, 'The service failed.')
    t.equal(error.cause, thrown)
  }
  const known = new RightsizeError('deadline')
  t.equal(asRightsizeError(known), known)
})
