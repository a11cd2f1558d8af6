import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import {
  gatewayRefusal,
  type RefusalType,
  refusalHeaders,
  refusalTypes,
} from '../gateway-refusals.ts'

/** The string that API Gateway replaces by the id of the request. */
const requestId = '$context.requestId'

/** What the gateway responses are called in the stack, which must not change once it is deployed. */
const names: Readonly<Record<RefusalType, string>> = {
  BAD_REQUEST_PARAMETERS: 'KeyMissing',
  MISSING_AUTHENTICATION_TOKEN: 'NoRoute',
  INTEGRATION_TIMEOUT: 'Deadline',
  INTEGRATION_FAILURE: 'Unreachable',
}

/** A refusal that only the deployed API makes: the service and the laptop do not throttle. */
const throttled = {
  errorType: 'TooManyRequests',
  status: 429,
  requestId,
  code: 'throttled',
  message: 'There are too many requests; try again later.',
}

/**
 * Makes API Gateway refuse in the words of the service, and no cache keep a refusal.
 * @param api the API, whose `deploy` is on
 */
export function addGatewayAnswers(api: Pick<RestApi, 'addGatewayResponse'>): void {
  for (const type of refusalTypes) {
    const { status, headers, body } = gatewayRefusal(type, requestId)
    api.addGatewayResponse(names[type], {
      type: ResponseType.of(type),
      statusCode: String(status),
      responseHeaders: literals(headers),
      templates: { 'application/json': JSON.stringify(body) },
    })
  }
  api.addGatewayResponse('Throttled', {
    type: ResponseType.THROTTLED,
    statusCode: String(throttled.status),
    responseHeaders: literals({ ...refusalHeaders, 'Retry-After': '1' }),
    templates: { 'application/json': JSON.stringify(throttled) },
  })
  for (const [name, type] of [
    ['Other4xx', ResponseType.DEFAULT_4XX],
    ['Other5xx', ResponseType.DEFAULT_5XX],
  ] as const) {
    api.addGatewayResponse(name, { type, responseHeaders: literals(refusalHeaders) })
  }
}

/** Values are literals of the mapping language, in quotes of their own. */
function literals(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]))
}
