import { METHODS } from 'node:http'
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

const refusedMethods = METHODS.filter((method) => method !== 'GET' && method !== 'HEAD')

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
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    if (request.is404) return sendError(reply, new RightsizeError('no_route'), request.id)
    reply.header('allow', 'GET, HEAD')
    return sendError(reply, new RightsizeError('method_not_allowed'), request.id)
  }
  // Node's parser lets more methods in than the framework knows by itself.
  const known = new Set(server.supportedMethods)
  for (const method of refusedMethods) if (!known.has(method)) server.addHttpMethod(method)
  const urls = new Set<string>()
  // The router alone knows how an address may be spelled: it has a route for every method.
  server.addHook('onRoute', ({ url }) => {
    if (urls.has(url)) return
    urls.add(url)
    server.route({ method: refusedMethods, url, handler: refuse })
  })
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
