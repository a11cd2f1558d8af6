/**
 * Every way a request can fail: the stable code, the status and what the viewer is told.
 * Messages of 5xx are fixed here, so that no internal message can reach a viewer.
 */
const table = {
  http_malformed: [400, 'The request is not valid HTTP.'],
  key_missing: [400, 'The query must be key=<prefix><width>x<height>/<path>.'],
  key_malformed: [400, 'The key is malformed.'],
  key_not_canonical: [400, 'The key is not in its canonical form.'],
  unsupported_dimensions: [403, 'unsupported image dimensions.'],
  unsupported_type: [403, 'unsupported image type.'],
  no_original: [404, 'There is no such original.'],
  no_route: [404, 'There is nothing at this address; images are at /prod?key=…'],
  method_not_allowed: [405, 'Only GET and HEAD are answered here.'],
  request_timeout: [408, 'The request took too long to arrive.'],
  original_too_large: [413, 'The original has too many bytes.'],
  result_too_large: [413, 'The resized image has too many bytes.'],
  type_mismatch: [415, 'The original is not the image type that its name says.'],
  undecodable: [422, 'The original cannot be decoded.'],
  too_many_pixels: [422, 'The original has too many pixels.'],
  too_many_frames: [422, 'The original has too many frames.'],
  too_much_memory: [422, 'The original takes too much memory to be resized.'],
  headers_too_large: [431, 'The address or the headers of the request are too long.'],
  client_closed_request: [499, 'The viewer went away before the answer.'],
  internal: [500, 'The service failed.'],
  store_failed: [502, 'The store of the originals failed.'],
  store_denied: [502, 'The store of the originals denied access.'],
  overloaded: [503, 'The service is overloaded; try again later.'],
  not_stored: [503, 'The image could not be stored; try again.'],
  store_throttled: [503, 'The store of the originals is overloaded; try again later.'],
  stopping: [503, 'The service is stopping; try again.'],
  store_timeout: [504, 'The store of the originals did not answer in time.'],
  deadline: [504, 'The deadline of the request has passed.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

/** The stable machine-readable name of a failure; the `code` of an error answer. */
export type ErrorCode = keyof typeof table

/**
 * A failure that has a row in the table of answers. `message` is what the viewer reads: the row's
 * own, or for a 4xx a more exact one. `cause` is for the log alone.
 */
export class RightsizeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  /** What would have been accepted, where a list says it. */
  readonly allowed: readonly string[] | undefined

  constructor(
    code: ErrorCode,
    options: { message?: string; allowed?: readonly string[]; cause?: unknown } = {},
  ) {
    const [status, message] = table[code]
    super(status < 500 ? (options.message ?? message) : message, { cause: options.cause })
    this.name = 'RightsizeError'
    this.code = code
    this.status = status
    this.allowed = options.allowed
  }
}

const errorTypes: Record<number, string> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableEntity',
  431: 'RequestHeaderFieldsTooLarge',
  499: 'ClientClosedRequest',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
}

/** Seconds after which one may try again, for the statuses that say so; undefined for others. */
export function retryAfter({ status }: RightsizeError): number | undefined {
  return status === 503 ? 1 : undefined
}

/** The body of every error answer. */
export interface ErrorBody {
  errorType: string
  status: number
  requestId: string
  code: ErrorCode
  message: string
  allowed?: readonly string[]
}

/** The answer for `error` to the request `requestId`. */
export function errorBody(error: RightsizeError, requestId: string): ErrorBody {
  return {
    errorType: errorTypes[error.status] ?? 'InternalServerError',
    status: error.status,
    requestId,
    code: error.code,
    message: error.message,
    ...(error.allowed && { allowed: error.allowed }),
  }
}
