import { s3Error } from './errors.ts'
import { answer, bucketOf, type Handler, header } from './exchange.ts'
import { attributesOf, checksumHeaders, tag, writeConditionOf } from './object-headers.ts'
import { openRequestBody } from './request-body.ts'

/** PutObject. */
export const putObject: Handler = async (exchange) => {
  const { req, res, key } = exchange
  const attributes = attributesOf(req)
  const condition = writeConditionOf(req)
  const body = openRequestBody(req)
  const withChecksum = () => {
    const checksum = body.checksum()
    return checksum ? { ...attributes, checksum } : attributes
  }
  const info = await bucketOf(exchange).write(key, body.chunks, withChecksum, condition)
  answer(res, 200, { etag: info.etag, ...checksumHeaders(info) })
}

/** DeleteObject: nothing is there afterwards, whether or not something was before. */
export const deleteObject: Handler = async (exchange) => {
  const ifMatch = header(exchange.req, 'if-match')
  const bucket = bucketOf(exchange)
  if (ifMatch === '*') {
    if (!(await bucket.remove(exchange.key))) throw s3Error('PreconditionFailed')
  } else
    await bucket.remove(exchange.key, ifMatch === undefined ? undefined : { ifMatch: tag(ifMatch) })
  answer(exchange.res, 204)
}
