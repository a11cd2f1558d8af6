import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createAdmission } from './admission.ts'
import { createBackground } from './background.ts'
import type { Cdn } from './cdn.ts'
import type { Config } from './config.ts'
import { createDerive } from './derive.ts'
import { closeServer, createServer } from './http-server.ts'
import { imageRoute } from './image-route.ts'
import { createInvalidations } from './invalidations.ts'
import { createLanding } from './landing.ts'
import { addGauges, createMetrics, type Metrics, observeMade } from './metrics.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import { createReclaim } from './reclaim.ts'
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
   * Is not ready any more, but serves on for `SHUTDOWN_DELAY_MS`. Then refuses new images, waits until
   * all that were admitted are answered, and what is being resized also where nobody waits for it;
   * until all is written back and invalidated, then stops listening.
   */
  stop(): Promise<void>
}

/** Threads of libuv's pool beyond those for resizes, as `main.cts` has it. */
const spareThreads = 4

/** Bytes of results that are kept while somebody may still read them; as many as are remembered. */
const reclaimBytes = 32 * 1024 * 1024

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
  const reclaim = createReclaim(reclaimBytes)
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
  const derive = createDerive({ config, store, admission, resizing, reclaim, onStuck }, (made) => {
    observeMade(metrics, made)
    return land(made)
  })

  const server = createServer(config)
  imageRoute(server, imagePath, { config, derive, metrics, logger, readiness, answering, reclaim })
  operatorRoutes(server, readiness, metrics)

  return {
    server,
    metrics,
    stop: async () => {
      readiness.leave()
      if (config.shutdownDelayMs > 0) await sleep(config.shutdownDelayMs)
      readiness.stop()
      await answering.idle()
      // Behind that, because what is admitted may begin its resize meanwhile, and lose its viewer.
      await resizing.idle()
      await Promise.all([invalidations?.flush(), background.idle()])
      await closeServer(server)
    },
  }
}

function operatorRoutes(server: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  // Not async, which would put off the answer until the handler has returned.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    // A load balancer of connections leaves those that stand where they are.
    if (readiness.leaving) reply.header('connection', 'close')
    done()
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
