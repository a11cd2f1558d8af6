import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { defaultContentType } from '../bucket/content-types.ts'
import type { BucketCondition, ObjectAttributes, ObjectInfo } from '../bucket.ts'
import { checksumHeader } from './checksums.ts'
import { s3Error } from './errors.ts'
import { header } from './exchange.ts'

const metaPrefix = 'x-amz-meta-'

/** S3's limit for the names and values of user metadata together. */
const maxMetadataBytes = 2048

const attributeHeaders = {
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
} as const

/**
 * The attributes that an upload's headers give the object. Values are kept as the bytes that came
 * (Node reads them as Latin-1), and so go out again as the same bytes, whatever their encoding.
 * @throws S3Error MetadataTooLarge
 */
export function attributesOf(req: IncomingMessage): ObjectAttributes {
  const attributes: ObjectAttributes = {
    contentType: header(req, 'content-type') || defaultContentType,
    metadata: metadataOf(req),
  }
  for (const [attribute, name] of Object.entries(attributeHeaders)) {
    const value = name === 'content-encoding' ? contentEncodingOf(req) : header(req, name)
    if (value) attributes[attribute as keyof typeof attributeHeaders] = value
  }
  return attributes
}

/** The headers that an object is answered with, its length left out. */
export function headersOf(info: ObjectInfo): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    'accept-ranges': 'bytes',
    etag: info.etag,
    'last-modified': info.lastModified.toUTCString(),
    'content-type': info.contentType,
  }
  for (const [attribute, name] of Object.entries(attributeHeaders)) {
    const value = info[attribute as keyof typeof attributeHeaders]
    if (value !== undefined) headers[name] = value
  }
  for (const [name, value] of Object.entries(info.metadata)) headers[metaPrefix + name] = value
  return headers
}

/** The headers of the stored checksum, which holds for the whole object alone. */
export function checksumHeaders(info: ObjectInfo): OutgoingHttpHeaders {
  if (!info.checksum) return {}
  return {
    [checksumHeader(info.checksum.algorithm)]: info.checksum.value,
    'x-amz-checksum-type': 'FULL_OBJECT',
  }
}

/**
 * The condition of a write.
 * @throws S3Error NotImplemented for conditions that S3 does not know either
 */
export function writeConditionOf(req: IncomingMessage): BucketCondition | undefined {
  const ifNoneMatch = header(req, 'if-none-match')
  const ifMatch = header(req, 'if-match')
  if (ifNoneMatch === undefined)
    return ifMatch === undefined ? undefined : { ifMatch: tag(ifMatch) }
  if (ifNoneMatch !== '*' || ifMatch !== undefined) throw s3Error('NotImplemented')
  return { ifAbsent: true }
}

/** An entity tag with its quotes, which S3's clients may leave out. */
export function tag(text: string): string {
  return text.startsWith('"') ? text : `"${text}"`
}

function metadataOf(req: IncomingMessage): Record<string, string> {
  const metadata: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of Object.entries(req.headers)) {
    if (!name.startsWith(metaPrefix)) continue
    const text = `${value}`
    metadata[name.slice(metaPrefix.length)] = text
    bytes += name.length - metaPrefix.length + text.length
  }
  if (bytes > maxMetadataBytes) throw s3Error('MetadataTooLarge')
  return metadata
}

/** `aws-chunked` is how the body travels, not what the object is. */
function contentEncodingOf(req: IncomingMessage): string | undefined {
  const encodings = (header(req, 'content-encoding') ?? '').split(',').map((name) => name.trim())
  return encodings.filter((name) => name !== '' && name !== 'aws-chunked').join(', ') || undefined
}
