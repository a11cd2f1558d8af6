import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Bucket } from '../bucket.ts'
import type { Completions } from './completions.ts'
import { type S3Error, s3Error } from './errors.ts'

/** A request with all that its operation needs, and the answer to it. */
export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  query: URLSearchParams
  buckets: ReadonlyMap<string, Bucket>
  bucketName: string
  /** `""` when the bucket itself is meant. */
  key: string
  completions: Completions
  /** S3's word for `error`; one that it has no word for is logged. */
  refused(error: unknown): S3Error
}

/** Carries out one operation and answers it. */
export type Handler = (exchange: Exchange) => Promise<void>

/**
 * The bucket of that name.
 * @throws S3Error NoSuchBucket
 */
export function bucketNamed(buckets: ReadonlyMap<string, Bucket>, name: string): Bucket {
  const bucket = buckets.get(name)
  if (!bucket) throw s3Error('NoSuchBucket')
  return bucket
}

/** The bucket that the request is addressed to. */
export function bucketOf(exchange: Exchange): Bucket {
  return bucketNamed(exchange.buckets, exchange.bucketName)
}

/** Answers without a body. */
export function answer(res: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}) {
  res.writeHead(
    status,
    status === 204 || status === 304 ? headers : { 'content-length': 0, ...headers },
  )
  res.end()
}

/** Answers with a document. */
export function answerXml(
  res: ServerResponse,
  status: number,
  document: string,
  headers: OutgoingHttpHeaders = {},
) {
  const body = Buffer.from(document)
  res.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': body.length,
    ...headers,
  })
  res.end(body)
}

/** A header that must be given once at most. */
export function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
