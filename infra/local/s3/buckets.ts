import { s3Error } from './errors.ts'
import { answer, answerXml, bucketOf, type Handler } from './exchange.ts'
import { xmlDocument } from './xml.ts'

/** ListBuckets. */
export const listBuckets: Handler = async ({ res, buckets }) => {
  const all = [...buckets.values()].map(({ name, created }) => ({
    Name: name,
    CreationDate: created.toISOString(),
  }))
  const owner = { ID: 'local', DisplayName: 'local' }
  answerXml(
    res,
    200,
    xmlDocument('ListAllMyBucketsResult', { Owner: owner, Buckets: { Bucket: all } }),
  )
}

/** HeadBucket. */
export const headBucket: Handler = async (exchange) => {
  bucketOf(exchange)
  answer(exchange.res, 200, { 'x-amz-bucket-region': 'us-east-1' })
}

/** GetBucketLocation: `us-east-1`, which S3 spells as nothing. */
export const getBucketLocation: Handler = async (exchange) => {
  bucketOf(exchange)
  answerXml(exchange.res, 200, xmlDocument('LocationConstraint', ''))
}

/** CreateBucket: the buckets there are belong to whoever asks, and there are no others. */
export const createBucket: Handler = async ({ buckets, bucketName }) => {
  if (buckets.has(bucketName)) throw s3Error('BucketAlreadyOwnedByYou')
  const names = [...buckets.keys()].join(', ')
  throw s3Error('AccessDenied', `There are no other buckets here than ${names}.`)
}
