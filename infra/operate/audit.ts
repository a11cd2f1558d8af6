import type { S3Client } from '@aws-sdk/client-s3'
import type { Config } from '../../service/config.ts'
import type { OriginBucket } from '../sync/buckets.ts'
import { judge } from '../sync/judge.ts'
import { placeOf } from '../sync/key-place.ts'
import { allowlistFault, type Fault, type FaultSettings, faultOf, type Place } from './fault.ts'
import { ordered } from './in-order.ts'
import { compareKeys, type Listed, listObjects, listOriginals } from './listing.ts'

/** A variant of the origin bucket, with its fault if it has one. */
export interface Audited extends Place {
  bytes: number
  fault: Fault | undefined
}

/** What an audit looks at. */
export interface AuditParts {
  client: Pick<S3Client, 'send'>
  origin: Pick<OriginBucket, 'head' | 'variantFolders'>
  config: Pick<Config, 'bucket' | 'keyPrefixes'> & FaultSettings
}

/** Headers asked for at once. */
const concurrency = 32

/** Objects of listings in memory at once, over all folders of variants. */
const listedAtOnce = 20_000

/**
 * Goes through all variants of a key prefix. Originals and the folders of variants are listed
 * side by side, in the same order, so that memory does not grow with the bucket.
 * @throws Error when a bucket cannot be listed; StoreError
 */
export async function* audit(parts: AuditParts, prefix: string): AsyncGenerator<Audited> {
  yield* ordered(pairs(parts, prefix), concurrency, (pair) => auditPair(parts, pair))
}

/** A variant and, as far as there is one, its original. */
interface Pair {
  folder: string
  variant: Listed
  original: Listed | undefined
}

async function* pairs(
  { client, origin, config: { bucket } }: AuditParts,
  prefix: string,
): AsyncGenerator<Pair> {
  const folders = await origin.variantFolders(prefix)
  const pageSize = Math.min(1000, Math.max(10, Math.floor(listedAtOnce / (folders.length + 1))))
  const cursors = folders.map((folder) => {
    const start = `${prefix}${folder}/`
    return cursor(listObjects(client, bucket, start, { pageSize }), folder, start.length)
  })
  for (const variants of cursors) await variants.advance()

  for await (const original of listOriginals(client, bucket, prefix)) {
    const path = original.key.slice(prefix.length)
    for (const variants of cursors) yield* variants.until(path, original)
  }
  for (const variants of cursors) yield* variants.until(undefined, undefined)
}

/** The variants of one folder, one at a time, in order of their paths. */
function cursor(listing: AsyncGenerator<Listed>, folder: string, pathStart: number) {
  let variant: Listed | undefined

  const advance = async () => {
    const next = await listing.next()
    variant = next.done ? undefined : next.value
  }

  /** Yields the variants before `path`, which have no original, and that of `path` itself. */
  async function* until(path: string | undefined, original: Listed | undefined) {
    while (variant) {
      const order = path === undefined ? -1 : compareKeys(variant.key.slice(pathStart), path)
      if (order > 0) return
      yield { folder, variant, original: order === 0 ? original : undefined }
      await advance()
    }
  }

  return { advance, until }
}

async function auditPair(
  { origin, config }: AuditParts,
  { folder, variant, original }: Pair,
): Promise<Audited> {
  const { key, bytes } = variant
  const keyPlace = placeOf(key, config.keyPrefixes)
  const place = {
    key,
    folder,
    original: keyPlace.kind === 'variant' ? keyPlace.original : undefined,
  }
  const head = original && original.key === place.original && (await origin.head(key))
  const current = head && judge(head, original, config) === 'current'
  // What was listed may have changed since: a fault is told only of what is there now.
  const fault = current ? allowlistFault(place, config) : await faultOf(origin, place, config)
  return { ...place, bytes, fault }
}
