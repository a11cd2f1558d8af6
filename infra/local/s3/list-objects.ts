import { rolledUp } from '../bucket/listing.ts'
import type { ListPage, ObjectInfo } from '../bucket.ts'
import { s3Error } from './errors.ts'
import { answerXml, bucketOf, type Exchange, type Handler } from './exchange.ts'
import { xmlDocument } from './xml.ts'

const owner = { ID: 'local', DisplayName: 'local' }

/** ListObjectsV2. */
export const listObjectsV2: Handler = async (exchange) => {
  const { query } = exchange
  const token = query.get('continuation-token') ?? undefined
  const startAfter = query.get('start-after') ?? undefined
  const from = token !== undefined ? decodeToken(token) : { after: startAfter ?? '' }
  const { page, common, encode } = await listPage(exchange, from)
  answerXml(
    exchange.res,
    200,
    xmlDocument('ListBucketResult', {
      ...common,
      ContinuationToken: token,
      StartAfter: startAfter && encode(startAfter),
      KeyCount: page.objects.length + page.commonPrefixes.length,
      NextContinuationToken: page.next && encodeToken(page.next),
      ...entriesOf(page, encode, query.get('fetch-owner') === 'true'),
    }),
  )
}

/** ListObjects, the first version, which some command-line clients use. */
export const listObjects: Handler = async (exchange) => {
  const { query } = exchange
  const marker = query.get('marker') ?? ''
  const delimiter = query.get('delimiter')
  // A marker that is itself a common prefix was told on the page before.
  const afterWhole =
    !!delimiter && rolledUp(marker, query.get('prefix') ?? '', delimiter) === marker
  const { page, common, encode } = await listPage(exchange, { after: marker, afterWhole })
  answerXml(
    exchange.res,
    200,
    xmlDocument('ListBucketResult', {
      ...common,
      Marker: encode(marker),
      NextMarker: page.next && encode(page.next.after),
      ...entriesOf(page, encode, true),
    }),
  )
}

/** The page, and what both versions answer of it. */
async function listPage(exchange: Exchange, from: { after: string; afterWhole?: boolean }) {
  const { query } = exchange
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') || undefined
  const limit = maxKeysOf(query)
  const encodingType = query.get('encoding-type') ?? undefined
  if (encodingType !== undefined && encodingType !== 'url') throw s3Error('InvalidArgument')
  const encode = encodingType === 'url' ? encodeKey : (text: string) => text
  const bucket = bucketOf(exchange)
  const page = await bucket.list({ prefix, limit, ...from, ...(delimiter && { delimiter }) })
  const common = {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter && encode(delimiter),
    MaxKeys: limit,
    EncodingType: encodingType,
    IsTruncated: page.next !== undefined,
  }
  return { page, common, encode }
}

function entriesOf(page: ListPage, encode: (text: string) => string, withOwner: boolean) {
  const contents = (info: ObjectInfo) => ({
    Key: encode(info.key),
    LastModified: info.lastModified.toISOString(),
    ETag: info.etag,
    Size: info.bytes,
    Owner: withOwner ? owner : undefined,
    StorageClass: 'STANDARD',
  })
  return {
    Contents: page.objects.map(contents),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  }
}

function maxKeysOf(query: URLSearchParams): number {
  const text = query.get('max-keys') ?? '1000'
  if (!/^\d{1,10}$/.test(text)) throw s3Error('InvalidArgument', 'max-keys is not a number.')
  return Math.min(Number(text), 1000)
}

/** As S3 encodes keys in lists: slashes stay. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/')
}

function encodeToken({ after, afterWhole }: NonNullable<ListPage['next']>): string {
  return Buffer.from((afterWhole ? 'p' : 'k') + after).toString('base64url')
}

function decodeToken(token: string): { after: string; afterWhole: boolean } {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!/^[pk]/.test(text)) {
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect')
  }
  return { after: text.slice(1), afterWhole: text.startsWith('p') }
}
