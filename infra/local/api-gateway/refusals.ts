import { gatewayRefusal, type RefusalType, refusalHeaders } from '../../gateway-refusals.ts'

/** What the gateway answers by itself. */
interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: object
}

/** A request that the gateway answers itself. */
export class Refusal extends Error {
  /** The value of `x-amzn-errortype`, as the gateway sends it. */
  readonly type: string
  /** The answer to the request `requestId`. */
  readonly answer: (requestId: string) => Answer

  constructor(type: string, answer: Refusal['answer'], cause?: unknown) {
    super(type, { cause })
    this.name = 'Refusal'
    this.type = type
    this.answer = answer
  }
}

/** No such stage: the words of the API, whose gateway responses belong to the stages there are. */
export function noStage(): Refusal {
  const body = { message: 'Forbidden' }
  return new Refusal('ForbiddenException', () => ({ status: 403, headers: {}, body }))
}

/** No such resource or method in the stage; API Gateway calls it like this. */
export function noRoute(): Refusal {
  return refusal('MissingAuthenticationTokenException', 'MISSING_AUTHENTICATION_TOKEN')
}

/** The request validator misses the key. */
export function badRequest(): Refusal {
  return refusal('BadRequestException', 'BAD_REQUEST_PARAMETERS')
}

/** The service was too slow. */
export function timedOut(): Refusal {
  return refusal('InternalServerErrorException', 'INTEGRATION_TIMEOUT')
}

/** The service could not be reached or broke off. */
export function failedService(cause: unknown): Refusal {
  return refusal('InternalServerErrorException', 'INTEGRATION_FAILURE', cause)
}

/**
 * What the gateway makes of an answer that is over its limit: a response of the default for 5xx, in
 * its own words.
 */
export function tooLarge(): Refusal {
  const body = { message: 'Internal server error' }
  return new Refusal('InternalServerErrorException', () => ({
    status: 500,
    headers: refusalHeaders,
    body,
  }))
}

function refusal(type: string, name: RefusalType, cause?: unknown): Refusal {
  return new Refusal(type, (requestId) => gatewayRefusal(name, requestId), cause)
}
