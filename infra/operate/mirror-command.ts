import type { S3Client } from '@aws-sdk/client-s3'
import type { OriginalBucket, OriginBucket } from '../sync/buckets.ts'
import { placeOf } from '../sync/key-place.ts'
import { mirror } from '../sync/mirror.ts'
import type { SyncSettings } from '../sync/settings.ts'
import { ordered } from './in-order.ts'
import { listOriginals } from './listing.ts'
import type { Output } from './output.ts'

/** What mirroring needs. */
export interface MirrorParts {
  client: Pick<S3Client, 'send'>
  original: OriginalBucket
  origin: OriginBucket
  settings: SyncSettings
  output: Output
}

/** Originals looked at at once. */
const concurrency = 16

/**
 * Copies every original that has no copy in the origin bucket, or an outdated one, as the sync
 * Lambda does for events: for originals that were there before it listened. Nothing is removed but
 * the copy of an original that goes meanwhile.
 * @returns whether all originals have their copy, but for those that are refused
 * @throws Error when the originals cannot be listed
 */
export async function mirrorCommand(parts: MirrorParts): Promise<boolean> {
  const { settings, output } = parts
  const counts = { originals: 0, copied: 0, failed: 0 }
  for (const prefix of settings.keyPrefixes) {
    const found = ordered(keysBelow(prefix, parts), concurrency, (key) => copyOf(key, parts))
    for await (const { key, outcome, error } of found) {
      output.progress(++counts.originals, undefined, 'originals')
      if (outcome === 'unchanged') continue
      if (outcome === 'copied') counts.copied++
      if (outcome === 'failed') counts.failed++
      output.tell({ key, outcome, error }, `${outcome}: ${key}${error ? ` (${error})` : ''}`)
    }
  }
  output.finish()
  const { originals, copied, failed } = counts
  output.tell(counts, `${originals} originals, ${copied} copied, ${failed} failed.`)
  return failed === 0
}

/**
 * Those below a nested prefix come with that prefix. Folders that are spelled like variants are
 * named, since what is uploaded to them has no copy and never will.
 */
async function* keysBelow(
  prefix: string,
  { client, settings, output }: MirrorParts,
): AsyncGenerator<string> {
  const refuse = (name: string) => {
    const folder = `${prefix}${name}/`
    output.tell({ folder, outcome: 'refused' }, `refused: ${folder} (spelled like dimensions)`)
  }
  for await (const { key } of listOriginals(client, settings.originalBucket, prefix, refuse)) {
    const place = placeOf(key, settings.keyPrefixes)
    if (place.kind === 'original' && place.prefix === prefix) yield key
  }
}

async function copyOf(key: string, { original, origin, settings }: MirrorParts) {
  try {
    return { key, outcome: await mirror(key, { original, origin }, settings), error: undefined }
  } catch (error) {
    return { key, outcome: 'failed' as const, error: (error as Error).message }
  }
}
