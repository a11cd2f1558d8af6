import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Bucket } from '../bucket.ts'
import { type Selection, select } from '../representation.ts'
import { headersOf } from '../s3/object-headers.ts'
import { representationOf } from '../s3/read-object.ts'

/** Sends an object, if there is one; as an error document when `errorStatus` is given. */
export async function sendObject(
  request: IncomingMessage,
  response: ServerResponse,
  bucket: Pick<Bucket, 'read'>,
  key: string,
  errorStatus?: number,
): Promise<boolean> {
  let selection: Selection = { status: 200 }
  const found = await bucket.read(key, (info) => {
    if (errorStatus === undefined) selection = select(request.headers, representationOf(info))
    return 'first' in selection ? { start: selection.first, end: selection.last } : undefined
  })
  if (!found) return false
  const { info, body } = found
  const status = errorStatus ?? (selection as Selection).status
  response.writeHead(status, { ...headersOf(info), ...lengths(selection, info.bytes) })
  if (request.method === 'HEAD' || (status >= 300 && errorStatus === undefined)) {
    body.destroy()
    response.end()
    return true
  }
  // A body that turns out shorter breaks the connection instead of leaving the viewer waiting.
  response.strictContentLength = true
  await pipeline(body, response)
  return true
}

function lengths(selection: Selection, bytes: number): OutgoingHttpHeaders {
  if (selection.status === 304) return {}
  if (selection.status === 200) return { 'content-length': bytes }
  if ('first' in selection) {
    return {
      'content-length': selection.last - selection.first + 1,
      'content-range': `bytes ${selection.first}-${selection.last}/${bytes}`,
    }
  }
  const unsatisfied = selection.status === 416 && { 'content-range': `bytes */${bytes}` }
  return { 'content-length': 0, ...unsatisfied }
}
