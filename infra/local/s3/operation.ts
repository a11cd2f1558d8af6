import type { IncomingHttpHeaders } from 'node:http'
import type { Address } from './address.ts'
import { s3Error } from './errors.ts'

/** The operations that are served, by their names in S3's API. */
export type Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'GetBucketLocation'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'DeleteObjects'
  | 'GetObject'
  | 'GetObjectTagging'
  | 'HeadObject'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'

/**
 * Query parameters that do not ask for another resource. Any other one does (`acl`, `versioning`,
 * …), and taking `PUT ?acl` for an upload would destroy the object.
 */
const harmless =
  /^(x-id|list-type|prefix|delimiter|marker|max-keys|start-after|continuation-token|encoding-type|fetch-owner|response-.*|x-amz-.*|location|delete|uploads|uploadId|partNumber|AWSAccessKeyId|Signature|Expires)$/i

/**
 * What a request asks for.
 * @throws S3Error NotImplemented, MethodNotAllowed
 */
export function operationOf(
  method: string,
  { bucket, key, query }: Address,
  headers: IncomingHttpHeaders,
): Operation {
  if (query.has('tagging') && method === 'GET' && key !== undefined) return 'GetObjectTagging'
  for (const name of query.keys()) {
    if (!harmless.test(name)) throw notImplemented(name)
  }
  const operation =
    bucket === undefined
      ? ofService(method)
      : key === undefined
        ? ofBucket(method, query)
        : ofObject(method, query, headers)
  if (!operation) throw s3Error('MethodNotAllowed')
  return operation
}

function ofService(method: string): Operation | undefined {
  return method === 'GET' ? 'ListBuckets' : undefined
}

function ofBucket(method: string, query: URLSearchParams): Operation | undefined {
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : undefined
  if (method === 'PUT') return 'CreateBucket'
  if (method === 'HEAD') return 'HeadBucket'
  if (method !== 'GET') return undefined
  if (query.has('location')) return 'GetBucketLocation'
  if (query.has('uploads')) throw s3Error('NotImplemented')
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects'
}

function ofObject(
  method: string,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): Operation | undefined {
  const upload = query.has('uploadId')
  const isOfPart = method === 'PUT' && upload
  if (query.has('partNumber') && !isOfPart) throw notImplemented('partNumber')
  if (query.has('uploads') && method !== 'POST') return undefined
  switch (method) {
    case 'GET':
      if (upload) throw s3Error('NotImplemented')
      return 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'PUT':
      if (headers['x-amz-copy-source'] === undefined) return upload ? 'UploadPart' : 'PutObject'
      return upload ? 'UploadPartCopy' : 'CopyObject'
    case 'POST':
      if (upload) return 'CompleteMultipartUpload'
      return query.has('uploads') ? 'CreateMultipartUpload' : undefined
    case 'DELETE':
      return upload ? 'AbortMultipartUpload' : 'DeleteObject'
    default:
      return undefined
  }
}

function notImplemented(parameter: string) {
  return s3Error('NotImplemented', `?${parameter} is not implemented here.`)
}
