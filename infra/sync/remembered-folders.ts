import type { OriginBucket } from './buckets.ts'

/**
 * `origin` for the events of one batch, which lists the folders of variants once: where many
 * originals have names that begin with a digit, a list is many pages long. A folder that comes
 * later is not missed: what is written to it is an event of its own.
 */
export function rememberFolders(origin: OriginBucket): OriginBucket {
  const known = new Map<string, Promise<string[]>>()
  return {
    ...origin,
    variantFolders: (prefix) => {
      const folders = known.get(prefix) ?? origin.variantFolders(prefix)
      known.set(prefix, folders)
      folders.catch(() => known.delete(prefix))
      return folders
    },
  }
}
