import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { asRightsizeError } from './answer-error.ts'
import type { Background } from './background.ts'
import type { Config } from './config.ts'
import type { DeriveAnswer, DeriveRequest } from './derive.ts'
import { RightsizeError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import type { Reclaim } from './reclaim.ts'
import { createRejectionPace } from './rejection-pace.ts'
import { sendError } from './send-error.ts'
import { rounded, serverTiming } from './stages.ts'

/** What the route needs. */
export interface ImageRouteParts {
  config: Pick<Config, 'cacheControl' | 'deadlineMs'>
  derive: (request: DeriveRequest) => Promise<DeriveAnswer>
  metrics: Metrics
  logger: Logger
  readiness: Readiness
  /** Holds the requests that are not answered yet. */
  answering: Background
  /** Has the results kept that requests under way may be answered with. */
  reclaim: Pick<Reclaim, 'begin'>
}

/** Adds the route of the images, `GET` and `HEAD`. */
export function imageRoute(server: FastifyInstance, url: string, parts: ImageRouteParts): void {
  const pace = createRejectionPace()

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const start = performance.now()
    const { signal, settled } = waitOf(reply, parts.config.deadlineMs)
    const outcome = await attempt(request, signal)
    settled()
    if (outcome instanceof RightsizeError && outcome.code === 'overloaded') {
      parts.metrics.rejected.inc()
      await pace.turn()
    }
    const ms = performance.now() - start
    // The answer goes first: the viewer need not wait for the log.
    const sent =
      outcome instanceof RightsizeError
        ? sendError(reply, outcome, request.id)
        : sendAnswer(reply, outcome, parts.config.cacheControl, ms)
    record(request, ms, outcome)
    return sent
  }

  const attempt = async (
    request: FastifyRequest,
    signal: AbortSignal,
  ): Promise<DeriveAnswer | RightsizeError> => {
    if (parts.readiness.stopping) return new RightsizeError('stopping')
    try {
      const ifNoneMatch = request.headers['if-none-match']
      return await parts.derive({ url: request.url, ifNoneMatch, signal })
    } catch (error) {
      return asRightsizeError(error)
    }
  }

  const record = (request: FastifyRequest, ms: number, outcome: DeriveAnswer | RightsizeError) => {
    const status = outcome instanceof RightsizeError ? outcome.status : statusOf(outcome)
    parts.metrics.requests.inc({ status })
    parts.metrics.requestSeconds.observe(ms / 1000)
    const line = { reqId: request.id, method: request.method, status, ms: Math.round(ms) }
    if (outcome instanceof RightsizeError) {
      const level = status >= 500 && status !== 503 ? 'error' : 'info'
      const { code, cause } = outcome
      const err = status >= 500 ? cause : undefined
      return parts.logger[level]({ ...line, url: request.url, code, err }, 'refused')
    }
    pace.served()
    parts.metrics.answers.inc({ source: outcome.source })
    if (outcome.kind === 'not-modified') {
      return parts.logger.info(
        { ...line, key: outcome.image.key, source: outcome.source },
        'answered',
      )
    }
    const { image, bytesIn, body } = outcome.made
    const { source } = outcome
    const stages = rounded(outcome.made.stages)
    const bytesOut = body.length
    parts.logger.info({ ...line, key: image.key, source, stages, bytesIn, bytesOut }, 'answered')
  }

  server.route({
    method: ['GET', 'HEAD'],
    url,
    exposeHeadRoute: false,
    handler: (request, reply) => {
      // Until its answer is sent, the socket reads from the result's memory.
      const end = parts.reclaim.begin()
      const answered = answer(request, reply)
      parts.answering.track(untilSent(reply, answered).finally(end))
      return answered
    },
  })
}

/** A signal that ends when the deadline passes or the viewer goes, until `settled` is called. */
function waitOf(reply: FastifyReply, deadlineMs: number) {
  const controller = new AbortController()
  const onClose = () => controller.abort(new RightsizeError('client_closed_request'))
  const timer = setTimeout(() => controller.abort(new RightsizeError('deadline')), deadlineMs)
  const sides = sidesOf(reply)
  for (const side of sides) side.once('close', onClose)
  const settled = () => {
    clearTimeout(timer)
    for (const side of sides) side.off('close', onClose)
  }
  return { signal: controller.signal, settled }
}

async function untilSent(reply: FastifyReply, answered: Promise<unknown>): Promise<void> {
  const sides = sidesOf(reply)
  await answered.catch(() => {})
  if (sides.some(({ closed }) => closed)) return
  await new Promise<void>((resolve) => {
    for (const side of sides) side.once('close', resolve)
  })
}

/**
 * What closes when the answer is sent or the viewer has gone: with an answer that waits behind
 * another one on its connection, Node 20 closes the request alone.
 */
function sidesOf({ raw, request }: FastifyReply) {
  return [raw, request.raw]
}

function statusOf(answer: DeriveAnswer): number {
  if (answer.kind === 'not-modified') return 304
  return answer.kind === 'redirect' ? 307 : 200
}

function sendAnswer(
  reply: FastifyReply,
  answer: DeriveAnswer,
  cacheControl: string,
  totalMs: number,
): FastifyReply {
  reply.code(statusOf(answer))
  switch (answer.kind) {
    case 'redirect':
      return reply.headers({ location: answer.location, 'cache-control': 'no-store' }).send()
    case 'not-modified':
      return reply.headers({ etag: answer.etag, 'cache-control': cacheControl }).send()
    case 'image':
      return reply
        .headers({
          'content-type': answer.made.contentType,
          etag: answer.made.etag,
          'cache-control': cacheControl,
          'x-content-type-options': 'nosniff',
          'server-timing': serverTiming(
            answer.source === 'made' ? answer.made.stages : {},
            totalMs,
          ),
        })
        .send(answer.made.body)
  }
}
