import { mapConcurrently } from '../bucket/concurrently.ts'
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
  const results = await mapConcurrently(objects, 16, async ({ Key, ETag }) => {
    try {
      await bucket.remove(Key as string, ETag ? { ifMatch: tag(ETag) } : undefined)
      return { Key }
    } catch (error) {
      const { code, message } = exchange.refused(error)
      return { Key, Code: code, Message: message }
    }
  })
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
