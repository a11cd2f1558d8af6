import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { asRightsizeError } from './answer-error.ts'
import { answerClientError, answerInNodesPlace } from './client-error.ts'
import type { Config } from './config.ts'
import { RightsizeError } from './errors.ts'
import { requestId } from './request-id.ts'
import { sendError } from './send-error.ts'

/** Milliseconds beyond the deadline that a viewer may take without reading a byte of the answer. */
const readingMs = 10_000

/** Milliseconds that the head of a request may take to arrive at most, and between two looks at that. */
const mostHeadMs = 60_000
const headCheckMs = 1_000

/** The server without its routes: its times, and what it refuses of itself. */
export function createServer({ deadlineMs }: Pick<Config, 'deadlineMs'>): FastifyInstance {
  const server = fastify({
    genReqId: requestId,
    requestIdHeader: false,
    // Ends a connection whose viewer does not read, which would keep the process from stopping.
    connectionTimeout: deadlineMs + readingMs,
    // Sooner than that one, which closes the connection without a word.
    http: {
      headersTimeout: Math.min(deadlineMs, mostHeadMs),
      connectionsCheckingInterval: headCheckMs,
      // Node would refuse with no body; the first hook does instead.
      requireHostHeader: false,
    },
    // Longer than a load balancer's, so that it, not we, ends an idle connection.
    keepAliveTimeout: 360_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Keys are taken from the raw query string.
    routerOptions: { querystringParser: () => ({}) },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) => {
      sendError(reply, new RightsizeError('no_route'), request.id)
    },
  })
  answerInNodesPlace(server.server)
  server.setErrorHandler((error, request, reply) => {
    sendError(reply, asRightsizeError(error), request.id)
  })
  const paths = new Set<string>()
  server.addHook('onRoute', ({ url }) => {
    paths.add(url)
  })
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    if (!paths.has(request.url.split('?', 1)[0] as string)) {
      return sendError(reply, new RightsizeError('no_route'), request.id)
    }
    reply.header('allow', 'GET, HEAD')
    return sendError(reply, new RightsizeError('method_not_allowed'), request.id)
  }
  // Nothing here takes a body, so none is looked at, nor what is said of it, and none can be at fault.
  server.addHook('onRequest', (request, reply, done) => {
    // RFC 9112, 3.2.
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      sendError(reply, new RightsizeError('http_malformed'), request.id)
      return
    }
    if (request.method === 'GET' || request.method === 'HEAD') return done()
    refuse(request, reply)
  })
  server.setNotFoundHandler(refuse)
  return server
}

/** Milliseconds for what an operator may just be reading when all else is done. */
const closingMs = 1_000

/** Closes the server, and then the connections left, such as those that have never asked. */
export async function closeServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), closingMs)
  await server.close()
  clearTimeout(timer)
}
