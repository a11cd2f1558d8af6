import { type Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { Readable } from 'node:stream'

/** A request as it goes to the service. */
export interface IntegrationRequest {
  method: string | undefined
  url: URL
  /** Passed on byte for byte. */
  query: string
  headers: OutgoingHttpHeaders
}

/** The answer of the service is larger than the API passes on. */
export class AnswerTooLarge extends Error {}

/**
 * Sends a request without a body to the service; resolves with the answer's head, its body still to
 * be read.
 * @throws an error of the connection, or an AbortError by `signal`
 */
export function send(
  { method, url, query, headers }: IntegrationRequest,
  options: { agent: Agent; signal: AbortSignal },
): Promise<IncomingMessage> {
  // They promise a body: the service would take the next request on the connection for it.
  const { 'content-length': _length, expect: _expect, ...others } = headers
  return new Promise((resolve, reject) => {
    const sent = request({
      ...options,
      method,
      host: url.hostname,
      port: url.port,
      path: `${url.pathname}?${query}`,
      headers: { ...others, host: url.host },
    })
    sent.on('error', reject)
    sent.on('response', resolve)
    sent.end()
  })
}

/**
 * The body of an answer of at most `maxBytes`: as it comes when its length is declared, and else
 * collected first, because a refusal is possible only before the first byte has been passed on.
 * @throws AnswerTooLarge
 */
export async function bodyWithin(answer: IncomingMessage, maxBytes: number): Promise<Readable> {
  const declared = answer.headers['content-length']
  if (declared !== undefined) {
    if (Number(declared) <= maxBytes) return answer
    answer.destroy()
    throw new AnswerTooLarge()
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new AnswerTooLarge()
    chunks.push(chunk)
  }
  return Readable.from(chunks)
}
