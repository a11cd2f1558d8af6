import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { isVariantLike } from '../../service/image-key.ts'
import { reasonOf } from '../../service/reason-of.ts'

/** An object as a listing shows it. */
export interface Listed {
  key: string
  etag: string
  bytes: number
}

/** Sorts behind every name that does not begin with it, since S3 sorts by the bytes of UTF-8. */
const lastName = '\u{10ffff}'

/** S3's limit for a page. */
const maxPageSize = 1000

/**
 * The objects below `prefix` in S3's order, a page in memory at a time.
 * @param skip a folder that is left out with all it holds, when its path below `prefix` is asked
 * @throws Error that names the bucket
 */
export async function* listObjects(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  prefix: string,
  { skip = () => false, pageSize = maxPageSize }: ListingOptions = {},
): AsyncGenerator<Listed> {
  let start: { StartAfter?: string; ContinuationToken?: string } = {}
  let leftOut: string | undefined
  for (;;) {
    const query = { Bucket: bucket, Prefix: prefix, MaxKeys: pageSize, ...start }
    const page = await client.send(new ListObjectsV2Command(query)).catch((error: Error) => {
      const why = `${error.name}: ${reasonOf(error)}`
      throw new Error(`the bucket ${bucket} cannot be listed: ${why}`, { cause: error })
    })
    let skipped: string | undefined
    for (const { Key: key = '', ETag: etag = '', Size: bytes = 0 } of page.Contents ?? []) {
      const folder = firstFolder(key.slice(prefix.length))
      if (folder === undefined || (folder !== leftOut && !skip(folder))) {
        yield { key, etag, bytes }
        continue
      }
      leftOut = folder
      const last = `${prefix}${folder}/${lastName}`
      if (compareKeys(key, last) > 0) continue
      skipped = last
      break
    }
    // A page may hold fewer objects than asked for, even none: only the token says where to go on.
    const token = page.NextContinuationToken
    if (skipped !== undefined) start = { StartAfter: skipped }
    else if (token !== undefined) start = { ContinuationToken: token }
    else return
  }
}

/** How a listing is made. */
export interface ListingOptions {
  skip?: (folder: string) => boolean
  pageSize?: number
}

/**
 * The originals below a key prefix: everything but the folders of variants.
 * @param onSkipped told the name of each such folder
 */
export function listOriginals(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  prefix: string,
  onSkipped: (folder: string) => void = () => {},
): AsyncGenerator<Listed> {
  const skip = (folder: string) => {
    if (!isVariantLike(folder)) return false
    onSkipped(folder)
    return true
  }
  return listObjects(client, bucket, prefix, { skip })
}

/** Compares two keys as S3 sorts them, by the bytes of UTF-8. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function firstFolder(path: string): string | undefined {
  const slash = path.indexOf('/')
  return slash < 0 ? undefined : path.slice(0, slash)
}
