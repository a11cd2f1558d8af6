import type { OutgoingHttpHeaders } from 'node:http'
import type { ObjectInfo } from '../bucket.ts'
import { type Selection, select } from '../representation.ts'
import { s3Error } from './errors.ts'
import { answer, answerXml, bucketOf, type Exchange, type Handler, header } from './exchange.ts'
import { checksumHeaders, headersOf } from './object-headers.ts'
import { responseOverrides } from './response-overrides.ts'
import { sendBody } from './send-body.ts'
import { xmlDocument } from './xml.ts'

/** GetObject: the object or a range of it. */
export const getObject: Handler = async (exchange) => {
  const overrides = responseOverrides(exchange.query)
  let selection: Selection = { status: 200 }
  const found = await bucketOf(exchange).read(exchange.key, (info) => {
    selection = select(exchange.req.headers, representationOf(info))
    if (selection.status === 206) return { start: selection.first, end: selection.last }
    return selection.status === 200 ? undefined : { start: 0, end: -1 }
  })
  if (!found) throw s3Error('NoSuchKey')
  const bytes = answerHead(exchange, found.info, { selection, overrides })
  if (bytes === 0) {
    found.body.destroy()
    exchange.res.end()
    return
  }
  await sendBody(found.body, exchange.res, bytes)
}

/** HeadObject. */
export const headObject: Handler = async (exchange) => {
  const overrides = responseOverrides(exchange.query)
  const info = await bucketOf(exchange).head(exchange.key)
  if (!info) throw s3Error('NoSuchKey')
  const selection = select(exchange.req.headers, representationOf(info))
  answerHead(exchange, info, { selection, overrides })
  exchange.res.end()
}

/** GetObjectTagging: no object has tags, and clients that copy ask for them. */
export const getObjectTagging: Handler = async (exchange) => {
  if (!(await bucketOf(exchange).head(exchange.key))) throw s3Error('NoSuchKey')
  answerXml(exchange.res, 200, xmlDocument('Tagging', { TagSet: '' }))
}

/** Writes the head of the answer, and returns how many bytes of the object belong behind it. */
function answerHead(
  { req, res }: Exchange,
  info: ObjectInfo,
  { selection, overrides }: { selection: Selection; overrides: OutgoingHttpHeaders },
): number {
  if (selection.status === 412) throw s3Error('PreconditionFailed')
  if (selection.status === 416) {
    res.setHeader('content-range', `bytes */${info.bytes}`)
    throw s3Error('InvalidRange')
  }
  if (selection.status === 304) {
    answer(res, 304, headersOf(info))
    return 0
  }
  const headers = { ...headersOf(info), ...overrides }
  if (selection.status === 206) {
    const { first, last } = selection
    const range = { 'content-range': `bytes ${first}-${last}/${info.bytes}` }
    res.writeHead(206, { ...headers, ...range, 'content-length': last - first + 1 })
    return last - first + 1
  }
  const checksums =
    header(req, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumHeaders(info) : {}
  res.writeHead(200, { ...headers, ...checksums, 'content-length': info.bytes })
  return info.bytes
}

/** What conditions and ranges are judged by. */
export function representationOf(info: ObjectInfo) {
  return { etag: info.etag, lastModified: info.lastModified.toUTCString(), bytes: info.bytes }
}
