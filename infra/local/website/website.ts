import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Log, silent } from '../bucket/log.ts'
import { type Bucket, maxKeyBytes } from '../bucket.ts'
import { befall } from '../fault-response.ts'
import type { Faults } from '../faults.ts'
import { targetOf } from '../request-path.ts'
import { errorPage, WebsiteError } from './errors.ts'
import { encodeKey, type LocationEncoding, redirection, type WebsiteRule } from './routing.ts'
import { sendObject } from './send-object.ts'

/** What a website endpoint serves and how. */
export interface WebsiteOptions {
  bucket: Pick<Bucket, 'name' | 'head' | 'read'>
  rules: readonly WebsiteRule[]
  documents: { index: string; error: string }
  locationEncoding: LocationEncoding
  /** How a missing key is answered: 403 where the public may not list the bucket, else 404. */
  missingStatus: 403 | 404
  faults: Faults
  log?: Log
}

/** The website endpoint of a bucket: GET and HEAD of objects, index documents, routing rules. */
export function createWebsite(options: WebsiteOptions): RequestListener {
  return (request, response) => {
    const ids = {
      requestId: randomBytes(8).toString('hex').toUpperCase(),
      hostId: randomBytes(48).toString('base64'),
    }
    response.setHeader('x-amz-request-id', ids.requestId)
    response.setHeader('x-amz-id-2', ids.hostId)
    response.setHeader('server', 'AmazonS3')
    serve(request, response, options)
      .catch((error: unknown) => {
        if (!(error instanceof WebsiteError)) complain(request, response, options, error)
        return refuse(request, response, options, asWebsiteError(error), ids)
      })
      .catch(() => response.destroy())
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebsiteOptions,
): Promise<void> {
  const key = keyOf(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'The specified method is not allowed against this resource.'
    const detail = { Method: request.method ?? '', ResourceType: 'OBJECT' }
    throw new WebsiteError(405, 'MethodNotAllowed', message, detail)
  }
  const fate = await befall(
    options.faults,
    { operation: 'WebsiteGet', bucket: options.bucket.name, key },
    response,
  )
  if (fate === 'drop') return
  if (fate !== 'answer') throw new WebsiteError(fate.status, fate.code, fate.message)
  if (redirect(request, response, options, key)) return
  const isFolder = key === '' || key.endsWith('/')
  const name = isFolder ? key + options.documents.index : key
  if (await sendObject(request, response, options.bucket, name)) return
  if (!isFolder && (await options.bucket.head(`${key}/${options.documents.index}`))) {
    response.writeHead(302, { location: `/${encodeKey(key, 'once')}/`, 'content-length': 0 })
    response.end()
    return
  }
  throw missing(options.missingStatus, name)
}

/** Answers an error with what a routing rule, the error document or S3 itself has for it. */
async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebsiteOptions,
  error: WebsiteError,
  ids: { requestId: string; hostId: string },
): Promise<void> {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error.status !== 400 && redirect(request, response, options, keyOf(request), error.status)) {
    return
  }
  response.setHeader('x-amz-error-code', error.code)
  response.setHeader('x-amz-error-message', error.message)
  for (const [name, value] of Object.entries(error.detail)) {
    response.setHeader(`x-amz-error-detail-${name}`, encodeURI(value))
  }
  const isClients = error.status >= 400 && error.status < 500
  const { bucket, documents } = options
  try {
    const { status } = error
    if (isClients && (await sendObject(request, response, bucket, documents.error, status))) return
  } catch (failure) {
    if (response.headersSent) throw failure
    complain(request, response, options, failure)
  }
  const page = errorPage(error, ids, documents.error)
  response.writeHead(error.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
  })
  response.end(request.method === 'HEAD' ? undefined : page)
}

/** Says what the disk refuses, which no answer shows; a viewer who went is no failure. */
function complain(
  { url }: IncomingMessage,
  response: ServerResponse,
  { log = silent }: WebsiteOptions,
  error: unknown,
): void {
  if (response.headersSent) return
  const requestId = response.getHeader('x-amz-request-id')
  log.warn({ requestId, url, error: String(error) }, 'a request of the website failed')
}

function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  { rules, locationEncoding }: WebsiteOptions,
  key: string,
  error?: number,
): boolean {
  const here = { protocol: 'http', host: request.headers.host ?? 'localhost' }
  const target = redirection(rules, key, error, here, locationEncoding)
  if (!target) return false
  response.writeHead(target.status, { location: target.location, 'content-length': 0 })
  response.end()
  return true
}

/** The key that a path names; S3 reads a literal `+` as a space. */
function keyOf(request: IncomingMessage): string {
  const key = decoded(targetOf(request).path.slice(1).replaceAll('+', ' '))
  if (Buffer.byteLength(key) <= maxKeyBytes) return key
  throw new WebsiteError(400, 'KeyTooLongError', 'Your key is too long')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new WebsiteError(400, 'InvalidURI', 'Could not parse the specified URI.')
  }
}

function missing(status: 403 | 404, key: string): WebsiteError {
  return status === 404
    ? new WebsiteError(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key })
    : new WebsiteError(403, 'AccessDenied', 'Access Denied')
}

function asWebsiteError(error: unknown): WebsiteError {
  if (error instanceof WebsiteError) return error
  const message = 'We encountered an internal error. Please try again.'
  return new WebsiteError(500, 'InternalError', message)
}
