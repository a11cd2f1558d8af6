import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { ObjectAttributes, ObjectInfo } from '../bucket.ts'
import { select } from '../representation.ts'
import { decodePath } from './address.ts'
import { s3Error } from './errors.ts'
import {
  answerXml,
  bucketNamed,
  bucketOf,
  type Exchange,
  type Handler,
  header,
} from './exchange.ts'
import { writePartOf } from './multipart.ts'
import { attributesOf, writeConditionOf } from './object-headers.ts'
import { representationOf } from './read-object.ts'
import { xmlDocument } from './xml.ts'

/** CopyObject within a bucket or from another one. */
export const copyObject: Handler = async (exchange) => {
  const { req, res, key } = exchange
  const source = sourceOf(req)
  const replaces = directiveOf(req) === 'REPLACE'
  if (!replaces && source.bucket === exchange.bucketName && source.key === key) {
    throw s3Error('InvalidRequest', 'This copy request copies an object to itself unchanged.')
  }
  const condition = writeConditionOf(req)
  const bucket = bucketOf(exchange)
  const given = replaces ? attributesOf(req) : undefined
  // From here on a file is open: what can be refused has been.
  const opened = await openSource(exchange, source)
  const found = opened.info
  const written = {
    ...(given ?? attributesOfInfo(found)),
    ...etagOf(found),
    ...(found.checksum && { checksum: found.checksum }),
  }
  const info = await bucket.write(key, opened.chunks, written, condition).finally(opened.close)
  const result = { ETag: info.etag, LastModified: info.lastModified.toISOString() }
  answerXml(res, 200, xmlDocument('CopyObjectResult', result))
}

/** UploadPartCopy: a part that is an object, or a range of one. */
export const uploadPartCopy: Handler = async (exchange) => {
  const range = header(exchange.req, 'x-amz-copy-source-range')
  const source = await openSource(exchange, sourceOf(exchange.req), range)
  const { md5 } = await writePartOf(exchange, source.chunks).finally(source.close)
  const result = { ETag: `"${md5}"`, LastModified: new Date().toISOString() }
  answerXml(exchange.res, 200, xmlDocument('CopyPartResult', result))
}

/** Opens the source of a copy, its conditions checked, and the bytes of it that are wanted. */
async function openSource(
  { req, buckets }: Exchange,
  source: { bucket: string; key: string },
  range?: string,
): Promise<{ info: ObjectInfo; chunks: AsyncIterable<Buffer>; close: () => void }> {
  let bytes = 0
  const found = await bucketNamed(buckets, source.bucket).read(source.key, (info) => {
    checkSource(req, info)
    bytes = info.bytes
    if (range === undefined) return undefined
    const part = select({ range }, representationOf(info))
    if (part.status !== 206) throw s3Error('InvalidRange')
    bytes = part.last - part.first + 1
    return { start: part.first, end: part.last }
  })
  if (!found) throw s3Error('NoSuchKey')
  const { info, body } = found
  return { info, chunks: exactly(body, bytes), close: () => void body.destroy() }
}

/** The source's bytes; a file that is cut off by hand while it is read is no source. */
async function* exactly(body: Readable, expected: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    yield chunk
  }
  if (bytes !== expected) throw s3Error('InternalError')
}

function sourceOf(req: IncomingMessage): { bucket: string; key: string } {
  const text = (header(req, 'x-amz-copy-source') as string).replace(/^\//, '')
  if (/\?versionId=/.test(text)) throw s3Error('NotImplemented')
  const path = decodePath(text)
  const slash = path.indexOf('/')
  if (slash < 1 || slash === path.length - 1) {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key.')
  }
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) }
}

function directiveOf(req: IncomingMessage): string {
  const directive = header(req, 'x-amz-metadata-directive') ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw s3Error('InvalidArgument', 'Unknown metadata directive.')
  }
  return directive
}

const conditionHeaders = [
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
] as const

/** The source's conditions are those of a read; whichever fails, the copy is refused with 412. */
function checkSource(req: IncomingMessage, info: ObjectInfo): void {
  const headers: IncomingHttpHeaders = {}
  for (const name of conditionHeaders) {
    const value = header(req, `x-amz-copy-source-${name}`)
    if (value !== undefined) headers[name] = name.endsWith('match') ? quoted(value) : value
  }
  if (select(headers, representationOf(info)).status !== 200) throw s3Error('PreconditionFailed')
}

function quoted(value: string): string {
  return value === '*' || value.includes('"') ? value : `"${value}"`
}

/** The MD5 of the whole is known already, unless the source was uploaded in parts. */
function etagOf(info: ObjectInfo): { etag?: string } {
  return info.etag.includes('-') ? {} : { etag: info.etag }
}

function attributesOfInfo(info: ObjectInfo): ObjectAttributes {
  const { key: _key, bytes: _bytes, etag: _etag, lastModified: _lastModified, ...attributes } = info
  return attributes
}
