/**
 * An answer of the gateway itself. Statuses are the defaults of the API Gateway Developer Guide,
 * "Gateway response types"; the types and messages are those that the gateway sends.
 */
export class Refusal extends Error {
  readonly status: number
  /** The value of `x-amzn-errortype`. */
  readonly type: string

  constructor(status: number, type: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Refusal'
    this.status = status
    this.type = type
  }
}

/** MISSING_AUTHENTICATION_TOKEN: no such resource or method; API Gateway words it like this. */
export function badStage(): Refusal {
  return new Refusal(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
}

/** BAD_REQUEST_PARAMETERS: the request validator misses `parameter`. */
export function badRequest(parameter: string): Refusal {
  const message = `Missing required request parameters: [${parameter}]`
  return new Refusal(400, 'BadRequestException', message)
}

/** INTEGRATION_TIMEOUT: the service was too slow. */
export function timedOut(): Refusal {
  return new Refusal(504, 'InternalServerErrorException', 'Endpoint request timed out')
}

/** INTEGRATION_FAILURE: the service could not be reached or broke off. */
export function failedService(cause: unknown): Refusal {
  const message = 'Network error communicating with endpoint'
  return new Refusal(504, 'InternalServerErrorException', message, cause)
}

/** API_CONFIGURATION_ERROR: what the gateway makes of an answer that is over its limit. */
export function tooLarge(): Refusal {
  return new Refusal(500, 'InternalServerErrorException', 'Internal server error')
}
