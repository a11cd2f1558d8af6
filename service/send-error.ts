import type { FastifyReply } from 'fastify'
import { errorBody, type RightsizeError, retryAfter } from './errors.ts'

/** Answers with an error, which no cache may keep. */
export function sendError(
  reply: FastifyReply,
  error: RightsizeError,
  requestId: string,
): FastifyReply {
  const seconds = retryAfter(error)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(errorBody(error, requestId))
}
