import { type OutgoingHttpHeaders, validateHeaderValue } from 'node:http'
import { s3Error } from './errors.ts'

const names = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/**
 * The headers that the `response-…` parameters of a read give its answer, in place of the object's
 * own. S3 takes them from signed requests alone; here every request counts as signed.
 * @throws S3Error InvalidArgument
 */
export function responseOverrides(query: URLSearchParams): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const name of names) {
    const value = query.get(`response-${name}`)
    if (value) headers[name] = checked(name, value)
  }
  return headers
}

function checked(name: string, value: string): string {
  try {
    validateHeaderValue(name, value)
    return value
  } catch {
    throw s3Error('InvalidArgument', 'Header value cannot be represented using ISO-8859-1.')
  }
}
