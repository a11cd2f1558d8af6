import type { OutgoingHttpHeaders } from 'node:http'
import type { ObjectInfo } from '../bucket.ts'

/** The headers by which the website describes an object. */
export function objectHeaders(info: ObjectInfo): OutgoingHttpHeaders {
  const metadata = Object.entries(info.metadata).map(([name, value]) => [
    `x-amz-meta-${name}`,
    headerText(value),
  ])
  const described: Record<string, string | undefined> = {
    'content-type': info.contentType,
    'cache-control': info.cacheControl,
    'content-disposition': info.contentDisposition,
    'content-encoding': info.contentEncoding,
    'content-language': info.contentLanguage,
    expires: info.expires,
    etag: info.etag,
    'last-modified': info.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
  }
  const given = Object.entries(described).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...given, ...metadata])
}

/** Text for a header: what is not ASCII goes as an RFC 2047 word, as S3 answers user metadata. */
function headerText(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value
  return `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}
