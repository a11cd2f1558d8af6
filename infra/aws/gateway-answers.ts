import { type IRestApi, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import { type ErrorCode, errorBody, RightsizeError } from '../../service/errors.ts'

/** API Gateway's own refusals that have a row in the service's table of answers. */
const answers: readonly [name: string, type: ResponseType, code: ErrorCode][] = [
  ['KeyMissing', ResponseType.BAD_REQUEST_PARAMETERS, 'key_missing'],
  // What API Gateway says of a path or a method that it does not have.
  ['NoRoute', ResponseType.MISSING_AUTHENTICATION_TOKEN, 'no_route'],
  ['Deadline', ResponseType.INTEGRATION_TIMEOUT, 'deadline'],
  ['Unreachable', ResponseType.INTEGRATION_FAILURE, 'overloaded'],
]

/** The string that API Gateway replaces by the id of the request. */
const requestId = '$context.requestId'

/**
 * Makes API Gateway refuse in the words of the service, and no cache keep a refusal.
 * @param api the API, whose `deploy` is on
 */
export function addGatewayAnswers(api: RestApi): void {
  for (const [name, type, code] of answers) {
    const error = new RightsizeError(code)
    api.addGatewayResponse(name, {
      type,
      statusCode: String(error.status),
      responseHeaders: headers(error.status),
      templates: { 'application/json': JSON.stringify(errorBody(error, requestId)) },
    })
  }
  addThrottled(api)
  addDefaults(api)
}

function addThrottled(api: IRestApi & Pick<RestApi, 'addGatewayResponse'>): void {
  api.addGatewayResponse('Throttled', {
    type: ResponseType.THROTTLED,
    statusCode: '429',
    responseHeaders: headers(503),
    templates: {
      'application/json': JSON.stringify({
        errorType: 'TooManyRequests',
        status: 429,
        requestId,
        code: 'throttled',
        message: 'There are too many requests; try again later.',
      }),
    },
  })
}

function addDefaults(api: Pick<RestApi, 'addGatewayResponse'>): void {
  api.addGatewayResponse('Other4xx', {
    type: ResponseType.DEFAULT_4XX,
    responseHeaders: headers(400),
  })
  api.addGatewayResponse('Other5xx', {
    type: ResponseType.DEFAULT_5XX,
    responseHeaders: headers(500),
  })
}

/** Values are literals of the mapping language, in quotes of their own. */
function headers(status: number): Record<string, string> {
  return {
    'Cache-Control': "'no-store'",
    ...(status === 503 && { 'Retry-After': "'1'" }),
  }
}
