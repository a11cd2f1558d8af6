import {
  CopyObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { isVariantLike } from '../../service/image-key.ts'
import { abortable } from '../../service/s3-calls.ts'
import { storeError } from '../../service/s3-errors.ts'
import { escapeKey } from '../../service/s3-http/escape.ts'
import { s3Store } from '../../service/s3-store.ts'
import { StoreError } from '../../service/store.ts'
import { type FullHead, keptHeaders, type OriginalBucket, type OriginBucket } from './buckets.ts'

/** Bucket `bucket` of S3 as the one of the uploads. */
export function s3OriginalBucket(client: S3Client, bucket: string): OriginalBucket {
  return { head: (key) => head(client, bucket, key) }
}

/** Bucket `bucket` of S3 as the one behind the cache; `originalBucket` is copied from. */
export function s3OriginBucket(
  client: S3Client,
  { bucket, originalBucket }: { bucket: string; originalBucket: string },
): OriginBucket {
  return {
    head: (key) => head(client, bucket, key),

    remove: s3Store(client, bucket).remove,

    copy: async (key, sourceEtag, attributes, condition, signal) => {
      const command = new CopyObjectCommand({
        Bucket: bucket,
        Key: key,
        CopySource: copySource(originalBucket, key),
        CopySourceIfMatch: sourceEtag,
        MetadataDirective: 'REPLACE',
        // Copying tags would need rights of its own, and the origin bucket has no use for them.
        TaggingDirective: 'REPLACE',
        ContentType: attributes.contentType,
        CacheControl: attributes.cacheControl,
        Metadata: { ...attributes.metadata },
        ...attributes.kept,
        ...(condition && { IfNoneMatch: '*' }),
      })
      try {
        await client.send(command, abortable(signal))
      } catch (error) {
        throw storeError(error, signal)
      }
    },

    variantFolders: async (prefix) => {
      try {
        return await variantFolders(client, bucket, prefix)
      } catch (error) {
        throw storeError(error)
      }
    },
  }
}

async function head(client: S3Client, bucket: string, key: string): Promise<FullHead | undefined> {
  try {
    const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    if (answer.ETag === undefined) throw new StoreError('failed', 'an answer without entity tag')
    const kept = keptHeaders.flatMap((name) => {
      const value = sendable(answer[name])
      return value === undefined ? [] : [[name, value]]
    })
    return {
      etag: answer.ETag,
      bytes: answer.ContentLength ?? 0,
      contentType: sendable(answer.ContentType),
      cacheControl: sendable(answer.CacheControl),
      metadata: answer.Metadata ?? {},
      kept: Object.fromEntries(kept),
    }
  } catch (error) {
    const failure = storeError(error)
    if (failure.failure === 'missing') return undefined
    throw failure
  }
}

/**
 * A header's value if the SDK can send it. It signs text as UTF-8 and Node sends it as Latin-1, so
 * that S3 refuses the signature of anything but ASCII (aws/aws-sdk-js#1648), and with it the copy.
 */
function sendable(value: string | undefined): string | undefined {
  return value !== undefined && /^[\t\x20-\x7e]+$/.test(value) ? value : undefined
}

/** S3 reads `CopySource` as a URL path: each segment of the key is encoded, the slashes are not. */
function copySource(bucket: string, key: string): string {
  return `${bucket}/${escapeKey(key)}`
}

/**
 * Lists only the stretch of names that begin with a digit, because originals can lie directly
 * behind the prefix in any number: `/` is the character before `0`, `:` the one behind `9`. Where
 * one page does not do, as with originals named by UUID, the digits are listed side by side: at a
 * tenth of a second a page, the sync Lambda's 25 s are too short for 250,000 names in a row.
 */
async function variantFolders(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const query = { Bucket: bucket, Prefix: prefix, Delimiter: '/', StartAfter: `${prefix}/` }
  const page = await client.send(new ListObjectsV2Command(query))
  const last = [page.Contents?.at(-1)?.Key, page.CommonPrefixes?.at(-1)?.Prefix]
  const isAll = !page.IsTruncated || last.some((name) => name && name > `${prefix}:`)
  if (isAll) return foldersOn(page, prefix)
  const found = await Promise.all(
    [...'0123456789'].map((digit) => foldersOfDigit(client, bucket, { prefix, digit })),
  )
  return found.flat()
}

async function foldersOfDigit(
  client: S3Client,
  bucket: string,
  { prefix, digit }: { prefix: string; digit: string },
): Promise<string[]> {
  const query = { Bucket: bucket, Prefix: `${prefix}${digit}`, Delimiter: '/' }
  const folders: string[] = []
  for await (const page of paginateListObjectsV2({ client }, query)) {
    folders.push(...foldersOn(page, prefix))
  }
  return folders
}

function foldersOn({ CommonPrefixes }: ListObjectsV2CommandOutput, prefix: string): string[] {
  const names = (CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1))
  return names.filter(isVariantLike)
}
