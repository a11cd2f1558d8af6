import { randomBytes, randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { endToEnd } from '../end-to-end.ts'
import { targetOf } from '../request-path.ts'
import { AnswerTooLarge, bodyWithin, send } from './integration.ts'
import {
  badRequest,
  failedService,
  noRoute,
  noStage,
  Refusal,
  timedOut,
  tooLarge,
} from './refusals.ts'

/** What the API stands for. */
export interface ApiOptions {
  /** The name of the stage, which is the first segment of every path. */
  stage: string
  /** The query parameter that must be there and not blank. */
  keyParameter: string
  /** Where the service answers, at the path of the stage. */
  service: URL
  limits: { responseBytes: number; integrationSeconds: number }
}

/** The API as a request handler, and what ends its connections to the service. */
export interface Api {
  handler: RequestListener
  close(): void
}

/**
 * A REST API of API Gateway with one resource: GET and HEAD of the stage, proxied to the service
 * with the query untouched, and without a body. When the viewer goes away, the request to the
 * service is given up.
 */
export function createApi(options: ApiOptions): Api {
  const agent = new Agent({ keepAlive: true })
  return {
    handler(request, response) {
      const requestId = randomUUID()
      response.setHeader('x-amzn-requestid', requestId)
      response.setHeader('x-amz-apigw-id', `${randomBytes(11).toString('base64url')}=`)
      proxy(request, response, { ...options, agent, requestId }).catch((error: unknown) => {
        refuse(request, response, error, requestId)
      })
    },
    close: () => agent.destroy(),
  }
}

async function proxy(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiOptions & { agent: Agent; requestId: string },
): Promise<void> {
  const { stage, limits, agent, requestId } = options
  const query = checkedQuery(request, options)
  request.resume()
  const over = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    over.abort()
  }, limits.integrationSeconds * 1000)
  response.on('close', () => {
    clearTimeout(timer)
    if (!response.writableFinished) over.abort()
  })
  try {
    const answer = await send(
      {
        method: request.method,
        url: new URL(`/${stage}`, options.service),
        query,
        headers: { ...endToEnd(request.headers), 'x-request-id': requestId },
      },
      { agent, signal: over.signal },
    )
    const body = await bodyWithin(answer, limits.responseBytes)
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
    await pipeline(body, response)
  } catch (error) {
    if (isLate) throw timedOut()
    throw error instanceof AnswerTooLarge ? tooLarge() : failedService(error)
  }
}

/** The query of a request that the API has a method for and that its validator lets pass. */
function checkedQuery(request: IncomingMessage, { stage, keyParameter }: ApiOptions): string {
  const { path, query = '' } = targetOf(request)
  if (path.split('/', 2)[1] !== stage) throw noStage()
  const isResource = path === `/${stage}` || path === `/${stage}/`
  if (!isResource || !['GET', 'HEAD'].includes(request.method ?? '')) throw noRoute()
  if (!new URLSearchParams(query).get(keyParameter)?.trim()) throw badRequest()
  return query
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { type, answer } = error instanceof Refusal ? error : failedService(error)
  const { status, headers, body } = answer(requestId)
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-errortype': type,
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}
