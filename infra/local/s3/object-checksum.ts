import type { IncomingMessage } from 'node:http'
import type { Checksum } from '../bucket.ts'
import { algorithms, checksumHeader, createHasher, isChecksum } from './checksums.ts'
import { s3Error } from './errors.ts'
import { header } from './exchange.ts'

/**
 * The checksum of the whole object that a CompleteMultipartUpload gives: not that of its own body.
 * One of type COMPOSITE, `<base64>-<parts>`, is passed over: those of the parts are not kept.
 * @throws S3Error InvalidRequest
 */
export function objectChecksumOf(req: IncomingMessage): Checksum | undefined {
  for (const algorithm of algorithms) {
    const name = checksumHeader(algorithm)
    const value = header(req, name)
    if (value === undefined || value.includes('-')) continue
    if (isChecksum(algorithm, value)) return { algorithm, value }
    throw s3Error('InvalidRequest', `Value for ${name} header is invalid.`)
  }
  return undefined
}

/** `chunks`, which fail at their end unless they have the checksum `expected`. */
export async function* withChecksum(
  chunks: AsyncIterable<Buffer>,
  expected: Checksum,
): AsyncGenerator<Buffer> {
  const hasher = createHasher(expected.algorithm)
  for await (const chunk of chunks) {
    hasher.update(chunk)
    yield chunk
  }
  if (hasher.digest() !== expected.value) throw s3Error('BadDigest')
}
