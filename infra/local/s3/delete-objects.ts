import { mapConcurrently } from '../bucket/concurrently.ts'
import { type Bucket, BucketConditionFailed } from '../bucket.ts'
import { s3Error } from './errors.ts'
import { answerXml, bucketOf, type Handler } from './exchange.ts'
import { tag } from './object-headers.ts'
import { readDocument } from './request-body.ts'
import { childrenOf, parseDocument, xmlDocument } from './xml.ts'

/** S3's limits: objects of one request, and bytes of its document. */
const maxObjects = 1000
const maxBytes = 2 * 1024 * 1024

/** DeleteObjects: each one for itself, with its own result. */
export const deleteObjects: Handler = async (exchange) => {
  const bucket = bucketOf(exchange)
  const document = parseDocument(await readDocument(exchange.req, maxBytes), 'Delete')
  const objects = childrenOf(document, 'Object')
  if (objects.length === 0 || objects.length > maxObjects) throw s3Error('MalformedXML')
  if (objects.some(({ Key }) => !Key)) throw s3Error('MalformedXML')
  const results = await mapConcurrently(objects, 16, ({ Key, ETag }) =>
    remove(bucket, Key as string, ETag),
  )
  const quiet = String(document.Quiet).trim() === 'true'
  answerXml(
    exchange.res,
    200,
    xmlDocument('DeleteResult', {
      Deleted: results.filter((result) => !('Code' in result) && !quiet),
      Error: results.filter((result) => 'Code' in result),
    }),
  )
}

async function remove(bucket: Bucket, key: string, etag: string | undefined) {
  try {
    await bucket.remove(key, etag ? { ifMatch: tag(etag) } : undefined)
    return { Key: key }
  } catch (error) {
    const failure =
      error instanceof BucketConditionFailed
        ? s3Error('PreconditionFailed')
        : s3Error('InternalError')
    return { Key: key, Code: failure.code, Message: failure.message }
  }
}
