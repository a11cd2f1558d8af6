import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { mapConcurrently } from '../bucket/concurrently.ts'
import { sha256 } from '../bucket/sha256.ts'
import type { Bucket } from '../bucket.ts'
import { s3Error } from './errors.ts'
import { answer, answerXml, bucketOf, type Exchange, type Handler } from './exchange.ts'
import { objectChecksumOf, withChecksum } from './object-checksum.ts'
import { attributesOf, tag, writeConditionOf } from './object-headers.ts'
import { openRequestBody, readDocument } from './request-body.ts'
import {
  createUpload,
  dropUpload,
  findUpload,
  joined,
  type Part,
  partsOf,
  type Upload,
  writePart,
} from './upload-files.ts'
import { childrenOf, parseDocument, xmlDocument } from './xml.ts'

/** S3's limits: parts of an upload, and the least bytes of all but the last. */
const maxParts = 10_000
const minPartBytes = 5 * 1024 * 1024

/** CreateMultipartUpload. */
export const createMultipartUpload: Handler = async (exchange) => {
  const { req, res, key } = exchange
  const bucket = bucketOf(exchange)
  const UploadId = await createUpload(bucket, { key, attributes: attributesOf(req) })
  req.resume()
  const result = { Bucket: bucket.name, Key: key, UploadId }
  answerXml(res, 200, xmlDocument('InitiateMultipartUploadResult', result))
}

/** UploadPart. */
export const uploadPart: Handler = async (exchange) => {
  const body = openRequestBody(exchange.req)
  const { md5 } = await writePartOf(exchange, body.chunks)
  answer(exchange.res, 200, { etag: `"${md5}"` })
}

/** Writes `chunks` as the part that the request names. */
export async function writePartOf(
  exchange: Exchange,
  chunks: AsyncIterable<Buffer>,
): Promise<Part> {
  const { id } = await uploadOf(exchange)
  const text = exchange.query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > maxParts) {
    throw s3Error('InvalidArgument', `Part number must be an integer between 1 and ${maxParts}.`)
  }
  return writePart(bucketOf(exchange), id, number, chunks)
}

/** CompleteMultipartUpload: the object is there whole, with the metadata given at the beginning. */
export const completeMultipartUpload: Handler = async (exchange) => {
  const { req, res, key, completions } = exchange
  const bucket = bucketOf(exchange)
  const condition = writeConditionOf(req)
  const checksum = objectChecksumOf(req)
  const listed = await listedParts(req)

  const complete = async (): Promise<string> => {
    const { id, upload } = await uploadOf(exchange)
    const parts = await presentParts(bucket, id, listed)
    const bytes = checksum ? withChecksum(joined(parts), checksum) : joined(parts)
    const attributes = { ...upload.attributes, etag: etagOf(parts), ...(checksum && { checksum }) }
    const { etag } = await bucket.write(key, bytes, attributes, condition)
    await dropUpload(bucket, id)
    return etag
  }
  // Without the condition: that it held the first time is why it no longer does.
  const request = sha256(JSON.stringify([bucket.name, key, listed]))
  const ETag = await completions.once(idOf(exchange), request, complete)
  const result = { Bucket: bucket.name, Key: key, ETag }
  answerXml(res, 200, xmlDocument('CompleteMultipartUploadResult', result))
}

/** AbortMultipartUpload. */
export const abortMultipartUpload: Handler = async (exchange) => {
  const { id } = await uploadOf(exchange)
  await dropUpload(bucketOf(exchange), id)
  answer(exchange.res, 204)
}

function idOf({ query }: Exchange): string {
  return query.get('uploadId') ?? ''
}

async function uploadOf(exchange: Exchange): Promise<{ id: string; upload: Upload }> {
  const id = idOf(exchange)
  const upload = await findUpload(bucketOf(exchange), id)
  if (upload?.key !== exchange.key) throw s3Error('NoSuchUpload')
  return { id, upload }
}

/** A part as the request lists it. */
interface Listed {
  number: number
  etag: string
}

async function listedParts(req: IncomingMessage): Promise<Listed[]> {
  const text = await readDocument(req, 2 * 1024 * 1024, { checksummed: false })
  const document = parseDocument(text, 'CompleteMultipartUpload')
  const parts = childrenOf(document, 'Part').map(({ PartNumber, ETag }) => ({
    number: Number(PartNumber),
    etag: tag(ETag ?? ''),
  }))
  if (parts.length === 0) throw s3Error('MalformedXML')
  return parts
}

/** The parts of an upload that a request lists, checked against those there are. */
async function presentParts(bucket: Bucket, id: string, listed: Listed[]): Promise<Part[]> {
  const present = new Map((await partsOf(bucket, id)).map((part) => [part.number, part]))
  const parts = listed.map(({ number, etag }) => {
    const part = present.get(number)
    if (!part || etag !== `"${part.md5}"`) throw s3Error('InvalidPart')
    return part
  })
  if (parts.some((part, i) => i > 0 && part.number <= (parts[i - 1] as Part).number)) {
    throw s3Error('InvalidPartOrder')
  }
  const sizes = await mapConcurrently(parts, 16, async ({ path }) => (await stat(path)).size)
  if (sizes.slice(0, -1).some((size) => size < minPartBytes)) throw s3Error('EntityTooSmall')
  return parts
}

/** S3's entity tag of such an object: the MD5 of the parts' MD5s, and how many there were. */
function etagOf(parts: readonly Part[]): string {
  const md5s = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')))
  return `"${createHash('md5').update(md5s).digest('hex')}-${parts.length}"`
}
