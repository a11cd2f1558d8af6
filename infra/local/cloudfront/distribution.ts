import { randomBytes } from 'node:crypto'
import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream'
import { select } from '../representation.ts'
import { targetOf } from '../request-path.ts'
import type { Fetched, Fetcher } from './fetcher.ts'
import { OriginFailure } from './origin.ts'
import type { CachedResponse } from './response-cache.ts'

/**
 * The viewers' side of CloudFront: GET and HEAD by path alone (no query, cookie or header reaches
 * the origin), conditions and ranges answered from what is cached, and the headers by which a
 * viewer can tell where an answer came from.
 */
export function createDistribution(options: {
  fetcher: Pick<Fetcher, 'get'>
  now: () => number
}): RequestListener {
  return (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      const status = error instanceof OriginFailure ? error.status : 500
      sendError(request, response, status, 'The origin could not be reached.')
    })
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { fetcher, now }: { fetcher: Pick<Fetcher, 'get'>; now: () => number },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendError(request, response, 403, 'The distribution supports only cachable requests.')
    return
  }
  const fetched = await fetcher.get(targetOf(request).path)
  if ('stream' in fetched) {
    sendStream(request, response, fetched)
    return
  }
  const headers: OutgoingHttpHeaders = {
    ...fetched.response.headers,
    ...marks(fetched.response.status >= 400 ? 'Error' : fetched.result),
  }
  if (fetched.result === 'Hit') {
    headers.age = String(Math.floor((now() - fetched.response.storedAt) / 1000))
  }
  sendCached(request, response, fetched.response, headers)
}

function sendCached(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body }: CachedResponse,
  headers: OutgoingHttpHeaders,
): void {
  const content = (part: Buffer) => (request.method === 'HEAD' ? undefined : part)
  const { etag, 'last-modified': lastModified } = headers as Record<string, string | undefined>
  const representation = { etag, lastModified, bytes: body.length }
  const selection = status === 200 ? select(request.headers, representation) : { status: 200 }
  if ('first' in selection) {
    const part = body.subarray(selection.first, selection.last + 1)
    const range = `bytes ${selection.first}-${selection.last}/${body.length}`
    response.writeHead(206, { ...headers, 'content-range': range, 'content-length': part.length })
    response.end(content(part))
    return
  }
  if (selection.status === 200) {
    response.writeHead(status, headers)
    response.end(content(body))
    return
  }
  const { 'content-length': _, 'content-type': __, ...rest } = headers
  const unsatisfied = selection.status === 416 && { 'content-range': `bytes */${body.length}` }
  response.writeHead(selection.status, { ...rest, ...unsatisfied })
  response.end()
}

function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  fetched: Extract<Fetched, { stream: unknown }>,
): void {
  response.writeHead(fetched.status, { ...fetched.headers, ...marks(fetched.result) })
  if (request.method === 'HEAD') {
    fetched.stream.destroy()
    response.end()
    return
  }
  // A broken stream shows as a broken answer; there is nobody left to tell.
  pipeline(fetched.stream, response, () => undefined)
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = `<html><head><title>ERROR: The request could not be satisfied</title></head><body><h1>${status} ERROR</h1><p>${message}</p></body></html>\n`
  response.writeHead(status, {
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(body),
    server: 'CloudFront',
    ...marks('Error'),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

// One name for this machine's edge, as CloudFront has one for each of its own.
const edge = randomBytes(16).toString('hex')

function marks(result: 'Hit' | 'Miss' | 'RefreshHit' | 'Error'): OutgoingHttpHeaders {
  return {
    'x-cache': `${result} from cloudfront`,
    via: `1.1 ${edge}.cloudfront.net (CloudFront)`,
    'x-amz-cf-pop': 'LOCAL1-P1',
    'x-amz-cf-id': randomBytes(39).toString('base64url'),
  }
}
