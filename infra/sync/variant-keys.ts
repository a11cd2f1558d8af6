import { maxKeyBytes } from '../../service/image-key.ts'
import type { OriginBucket } from './buckets.ts'

/**
 * The keys that variants of an original may have, in the allowlist or not. Below a nested prefix
 * those behind the outer one count, too: they were made before the nested one was configured. Keys
 * beyond S3's limit hold nothing, and S3 refuses to look at them.
 * @throws StoreError
 */
export async function variantKeys(
  original: string,
  origin: Pick<OriginBucket, 'variantFolders'>,
  prefixes: readonly string[],
): Promise<string[]> {
  const keys: string[] = []
  for (const prefix of prefixes.filter((prefix) => original.startsWith(prefix))) {
    const path = original.slice(prefix.length)
    const folders = await origin.variantFolders(prefix)
    keys.push(...folders.map((folder) => `${prefix}${folder}/${path}`))
  }
  return keys.filter((key) => Buffer.byteLength(key) <= maxKeyBytes)
}
