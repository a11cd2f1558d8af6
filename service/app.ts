import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { createAdmission } from './admission.ts'
import { asRightsizeError } from './answer-error.ts'
import { createBackground } from './background.ts'
import type { Cdn } from './cdn.ts'
import { answerClientError, answerInNodesPlace } from './client-error.ts'
import type { Config } from './config.ts'
import { createDerive } from './derive.ts'
import { RightsizeError } from './errors.ts'
import { imageRoute } from './image-route.ts'
import { createInvalidations } from './invalidations.ts'
import { createLanding } from './landing.ts'
import { addGauges, createMetrics, type Metrics } from './metrics.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import { requestId } from './request-id.ts'
import { sendError } from './send-error.ts'
import type { ObjectStore } from './store.ts'

/** What the service consists of; tests pass plain objects. */
export interface Collaborators {
  config: Config
  store: ObjectStore
  /** Undefined where there is nothing to invalidate. */
  cdn: Cdn | undefined
  logger: Logger
}

/** The service, not listening yet. */
export interface App {
  server: FastifyInstance
  metrics: Metrics
  /**
   * Refuses new images, waits until all that were admitted are answered, and what is being resized
   * also where nobody waits for it; until all is written back and invalidated, then stops listening.
   */
  stop(): Promise<void>
}

/** Threads of libuv's pool beyond those for resizes, as `main.cts` has it. */
const spareThreads = 4

/** Where the API's integration finds the images; the same as the API's stage. */
const imagePath = '/prod'

/** Composes the service from its collaborators. */
export function buildApp({ config, store, cdn, logger }: Collaborators): App {
  const metrics = createMetrics()
  const admission = createAdmission(config)
  const readiness = createReadiness(spareThreads)
  const answering = createBackground()
  const resizing = createBackground()
  const background = createBackground()
  const invalidations =
    cdn &&
    createInvalidations(cdn, (failure, items, err) =>
      logger[failure === 'delayed' ? 'warn' : 'error']({ items, err }, `invalidation ${failure}`),
    )
  addGauges(metrics, { admission, background, invalidations })

  const { land } = createLanding({ config, store, invalidations, background, metrics, logger })
  const onStuck = ({ key }: { key: string }) => {
    metrics.stuck.inc()
    logger.error({ key }, 'a resize does not end')
    return readiness.loseThread()
  }
  const derive = createDerive({ config, store, admission, resizing, onStuck }, land)

  const server = createServer(config)
  imageRoute(server, imagePath, { config, derive, metrics, logger, readiness, answering })
  operatorRoutes(server, readiness, metrics)

  return {
    server,
    metrics,
    stop: async () => {
      readiness.stop()
      await Promise.all([answering.idle(), resizing.idle()])
      await Promise.all([invalidations?.flush(), background.idle()])
      await close(server)
    },
  }
}

/** Milliseconds for what an operator may just be reading when all else is done. */
const closingMs = 1_000

/** Closes the server, and then the connections left, such as those that have never asked. */
async function close(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), closingMs)
  await server.close()
  clearTimeout(timer)
}

/** Milliseconds beyond the deadline that a viewer may take without reading a byte of the answer. */
const readingMs = 10_000

/** Milliseconds that the head of a request may take to arrive at most, and between two looks at that. */
const mostHeadMs = 60_000
const headCheckMs = 1_000

function createServer({ deadlineMs }: Pick<Config, 'deadlineMs'>): FastifyInstance {
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

function operatorRoutes(server: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    // A load balancer of connections leaves those that stand where they are.
    if (readiness.stopping) reply.header('connection', 'close')
  })
  server.get('/healthz', () => ({ status: 'ok' }))
  server.get('/readyz', (_request, reply) =>
    readiness.ready ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable' }),
  )
  server.get('/metrics', (_request, reply) => {
    reply.type(metrics.registry.contentType)
    return metrics.registry.metrics()
  })
}
