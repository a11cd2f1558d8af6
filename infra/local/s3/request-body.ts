import { createHash, type Hash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Checksum } from '../bucket.ts'
import { decodeAwsChunked } from './aws-chunked.ts'
import { algorithms, checksumHeader, createHasher, isChecksum } from './checksums.ts'
import { s3Error } from './errors.ts'

/** The body of an upload, which fails at its end unless it is what the headers promise. */
export interface RequestBody {
  chunks: AsyncIterable<Buffer>
  /** The checksum that the client sent and that holds; to be asked at the end of the body. */
  checksum(): Checksum | undefined
}

/**
 * The decoded and verified body of `req`: its length, `Content-MD5`, `x-amz-content-sha256`, and
 * `x-amz-checksum-…` in a header or a trailer.
 * @param options.checksummed false where that header is not about the body
 * @throws S3Error at once for headers that make no sense; while it is read IncompleteBody,
 *   BadDigest, InvalidDigest, XAmzContentSHA256Mismatch
 */
export function openRequestBody(req: IncomingMessage, { checksummed = true } = {}): RequestBody {
  const { headers } = req
  const declared = declaredBytes(headers)
  const md5 = digestCheck('md5', headers['content-md5'])
  const sha256 = payloadCheck(headers)
  const promised = checksummed ? promisedChecksum(headers) : undefined
  const trailers = new Map<string, string>()
  // A refusal in mid-body must not destroy the connection on which it is to be told.
  const raw: AsyncIterable<Buffer> = req.iterator({ destroyOnReturn: false })
  const source = isAwsChunked(headers) ? decodeAwsChunked(raw, trailers) : raw
  let verified: Checksum | undefined

  async function* chunks(): AsyncGenerator<Buffer> {
    const hasher = promised && createHasher(promised.algorithm)
    let bytes = 0
    for await (const chunk of source) {
      bytes += chunk.length
      if (declared !== undefined && bytes > declared) throw s3Error('IncompleteBody')
      md5?.hash.update(chunk)
      sha256?.hash.update(chunk)
      hasher?.update(chunk)
      yield chunk
    }
    if (declared !== undefined && bytes !== declared) throw s3Error('IncompleteBody')
    if (md5 && md5.hash.digest('base64') !== md5.expected) throw s3Error('BadDigest')
    if (sha256 && sha256.hash.digest('hex') !== sha256.expected) {
      throw s3Error('XAmzContentSHA256Mismatch')
    }
    if (promised && hasher) verified = verify(promised, hasher.digest(), trailers)
  }

  return { chunks: chunks(), checksum: () => verified }
}

/** The body of a small document, such as the keys of DeleteObjects. */
export async function readDocument(
  req: IncomingMessage,
  maxBytes: number,
  options?: { checksummed: boolean },
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of openRequestBody(req, options).chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw s3Error('MalformedXML')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isAwsChunked(headers: IncomingHttpHeaders): boolean {
  const encodings = (headers['content-encoding'] ?? '').split(',').map((name) => name.trim())
  return (
    encodings.includes('aws-chunked') ||
    `${headers['x-amz-content-sha256'] ?? ''}`.startsWith('STREAMING-')
  )
}

function declaredBytes(headers: IncomingHttpHeaders): number | undefined {
  const chunked = isAwsChunked(headers)
  const text = chunked ? headers['x-amz-decoded-content-length'] : headers['content-length']
  if (text === undefined) {
    if (!chunked && headers['transfer-encoding'] !== undefined) return undefined
    throw s3Error('MissingContentLength')
  }
  const bytes = Number(text)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw s3Error('InvalidArgument')
  return bytes
}

function digestCheck(name: string, expected: string | string[] | undefined) {
  if (typeof expected !== 'string') return undefined
  if (Buffer.from(expected, 'base64').length !== 16) throw s3Error('InvalidDigest')
  return { hash: createHash(name), expected }
}

/** Other values than a hash say how the payload is signed, or that it is not. */
function payloadCheck(headers: IncomingHttpHeaders): { hash: Hash; expected: string } | undefined {
  const expected = headers['x-amz-content-sha256']
  if (typeof expected !== 'string' || !/^[0-9a-f]{64}$/.test(expected)) return undefined
  return { hash: createHash('sha256'), expected }
}

/** The checksum that a header gives, or that a trailer will give. */
function promisedChecksum(headers: IncomingHttpHeaders) {
  const trailer = `${headers['x-amz-trailer'] ?? ''}`.toLowerCase()
  for (const algorithm of algorithms) {
    const value = headers[checksumHeader(algorithm)]
    if (typeof value === 'string') {
      if (!isChecksum(algorithm, value)) throw invalidChecksum(algorithm)
      return { algorithm, value }
    }
    if (trailer === checksumHeader(algorithm)) return { algorithm, value: undefined }
  }
  if (trailer !== '') throw s3Error('InvalidRequest', `The trailer ${trailer} is not supported.`)
  return undefined
}

function verify(
  { algorithm, value }: { algorithm: Checksum['algorithm']; value: string | undefined },
  computed: string,
  trailers: Map<string, string>,
): Checksum {
  const expected = value ?? trailers.get(checksumHeader(algorithm))
  if (expected === undefined) {
    throw s3Error('IncompleteBody', `The promised trailer ${checksumHeader(algorithm)} is missing.`)
  }
  if (!isChecksum(algorithm, expected)) throw invalidChecksum(algorithm)
  if (expected !== computed) {
    throw s3Error('BadDigest', `The ${algorithm} you specified did not match what we received.`)
  }
  return { algorithm, value: expected }
}

function invalidChecksum(algorithm: string) {
  const header = checksumHeader(algorithm as Checksum['algorithm'])
  return s3Error('InvalidRequest', `Value for ${header} header is invalid.`)
}
