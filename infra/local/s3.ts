import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { errorCode } from './bucket/file-identity.ts'
import { type Log, silent } from './bucket/log.ts'
import { type Bucket, BucketConditionFailed, maxKeyBytes } from './bucket.ts'
import { befall } from './fault-response.ts'
import type { Faults } from './faults.ts'
import { addressOf } from './s3/address.ts'
import { createBucket, getBucketLocation, headBucket, listBuckets } from './s3/buckets.ts'
import { createCompletions } from './s3/completions.ts'
import { copyObject, uploadPartCopy } from './s3/copy-object.ts'
import { deleteObjects } from './s3/delete-objects.ts'
import { S3Error, s3Error } from './s3/errors.ts'
import { answer, answerXml, type Handler } from './s3/exchange.ts'
import { listObjects, listObjectsV2 } from './s3/list-objects.ts'
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from './s3/multipart.ts'
import { type Operation, operationOf } from './s3/operation.ts'
import { getObject, getObjectTagging, headObject } from './s3/read-object.ts'
import { deleteObject, putObject } from './s3/write-object.ts'
import { errorDocument } from './s3/xml.ts'

const handlers: Record<Operation, Handler> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  DeleteObjects: deleteObjects,
  GetObject: getObject,
  GetObjectTagging: getObjectTagging,
  HeadObject: headObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
}

/**
 * Answers S3's REST API over `buckets`, as far as the AWS SDKs and command-line clients use it for
 * objects. Signatures are not checked, and everybody may do everything: it must not be reachable
 * from other machines.
 */
export function createS3(options: {
  buckets: readonly Bucket[]
  faults?: Faults
  log?: Log
}): RequestListener {
  const { faults, log = silent } = options
  const buckets = new Map(options.buckets.map((bucket) => [bucket.name, bucket]))
  const completions = createCompletions()

  const serve = async (
    req: IncomingMessage,
    res: ServerResponse,
    refused: (error: unknown) => S3Error,
  ): Promise<void> => {
    const address = addressOf(req, (name) => buckets.has(name))
    const operation = operationOf(req.method ?? '', address, req.headers)
    const { query, bucket: bucketName = '', key = '' } = address
    const fault = await befall(faults, { operation, bucket: bucketName, key }, res)
    if (fault === 'drop') return
    if (fault !== 'answer') throw new S3Error(fault.code, fault.status, fault.message)
    if (Buffer.byteLength(key) > maxKeyBytes) throw s3Error('KeyTooLongError')
    await handlers[operation]({ req, res, query, buckets, bucketName, key, completions, refused })
  }

  const start = randomBytes(4).toString('hex').toUpperCase()
  let requests = 0

  return (req, res) => {
    const requestId = start + (requests++ >>> 0).toString(16).toUpperCase().padStart(8, '0')
    res.setHeader('x-amz-request-id', requestId)
    res.setHeader('server', 'rightsize-local-s3')
    const refused = (error: unknown): S3Error => {
      const refusal = refusalOf(error)
      // What the disk refuses is told with its path, which no answer of S3 shows.
      const isForeseen = refusal === error || error instanceof BucketConditionFailed
      if (!isForeseen)
        log.warn({ requestId, url: req.url, error: String(error) }, 'a request failed')
      return refusal
    }
    serve(req, res, refused).catch((error) => {
      // The client went, or the answer had begun: there is no way left to say what is wrong.
      if (res.headersSent || res.destroyed || req.errored) return void res.destroy()
      answerError(req, res, refused(error), requestId)
    })
  }
}

function refusalOf(error: unknown): S3Error {
  if (error instanceof S3Error) return error
  if (error instanceof BucketConditionFailed) {
    return s3Error(error.present ? 'PreconditionFailed' : 'NoSuchKey')
  }
  const code = errorCode(error)
  if (code === 'EACCES' || code === 'EPERM') return s3Error('AccessDenied')
  // A thousand empty segments are a key for S3, and more than a path holds.
  if (code === 'ENAMETOOLONG') return s3Error('KeyTooLongError')
  return s3Error('InternalError')
}

function answerError(req: IncomingMessage, res: ServerResponse, error: S3Error, requestId: string) {
  req.resume()
  if (req.method === 'HEAD') return answer(res, error.status)
  const resource = (req.url ?? '/').replace(/\?.*/, '')
  const document = { Code: error.code, Message: error.message, Resource: resource }
  answerXml(res, error.status, errorDocument({ ...document, RequestId: requestId }))
}
