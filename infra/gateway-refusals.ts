import {
  type ErrorBody,
  type ErrorCode,
  errorBody,
  RightsizeError,
  retryAfter,
} from '../service/errors.ts'

/** API Gateway's own refusals, by its names for them, that have a row in the service's table. */
const codes = {
  BAD_REQUEST_PARAMETERS: 'key_missing',
  // What API Gateway says of a path or a method that it does not have.
  MISSING_AUTHENTICATION_TOKEN: 'no_route',
  INTEGRATION_TIMEOUT: 'deadline',
  INTEGRATION_FAILURE: 'overloaded',
} as const satisfies Record<string, ErrorCode>

/** A refusal of API Gateway that the service has words for; its name among the gateway responses. */
export type RefusalType = keyof typeof codes

/** All of them. */
export const refusalTypes = Object.keys(codes) as RefusalType[]

/** An answer of API Gateway itself. */
export interface GatewayRefusal {
  status: number
  headers: Readonly<Record<string, string>>
  body: ErrorBody
}

/** The headers of every refusal, which no cache may keep. */
export const refusalHeaders = { 'Cache-Control': 'no-store' } as const

/** The refusal `type` of the request `requestId`, in the words of the service. */
export function gatewayRefusal(type: RefusalType, requestId: string): GatewayRefusal {
  const error = new RightsizeError(codes[type])
  const seconds = retryAfter(error)
  return {
    status: error.status,
    headers: {
      ...refusalHeaders,
      ...(seconds !== undefined && { 'Retry-After': String(seconds) }),
    },
    body: errorBody(error, requestId),
  }
}
