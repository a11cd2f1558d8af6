import type { ListPage, ListQuery, ObjectInfo } from '../bucket.ts'
import { mapConcurrently } from './concurrently.ts'
import type { Tree, TreeFile } from './tree.ts'

/** S3's limit, and default, for the entries of one page. */
const maxEntries = 1000

/** How many objects of a page are looked at side by side. */
const concurrency = 32

type Found = { file: TreeFile } | { commonPrefix: string }

/**
 * One page of the objects in `tree`. Behind a common prefix the walk begins anew, so that what is
 * rolled up is not walked over.
 * @param describe the object of a file; undefined when it went meanwhile
 */
export async function list(
  tree: Tree,
  describe: (file: TreeFile) => Promise<ObjectInfo | undefined>,
  query: ListQuery,
): Promise<ListPage> {
  const limit = Math.min(query.limit ?? maxEntries, maxEntries)
  if (limit <= 0) return { objects: [], commonPrefixes: [], next: undefined }
  const found: Found[] = []
  let more = false
  for await (const next of entries(tree, query)) {
    if (found.length === limit) {
      more = true
      break
    }
    found.push(next)
  }
  const files = found.flatMap((entry) => ('file' in entry ? [entry.file] : []))
  const objects = await mapConcurrently(files, concurrency, describe)
  return {
    objects: objects.filter((info) => info !== undefined),
    commonPrefixes: found.flatMap((entry) => ('file' in entry ? [] : [entry.commonPrefix])),
    next: more ? behind(found.at(-1) as Found) : undefined,
  }
}

async function* entries(tree: Tree, query: ListQuery): AsyncGenerator<Found> {
  const { prefix = '', delimiter } = query
  let { after = '', afterWhole = false } = query
  for (;;) {
    let commonPrefix: string | undefined
    for await (const file of tree.walk({ prefix, after, afterWhole })) {
      commonPrefix = delimiter ? rolledUp(file.key, prefix, delimiter) : undefined
      if (commonPrefix !== undefined) break
      yield { file }
    }
    if (commonPrefix === undefined) return
    yield { commonPrefix }
    after = commonPrefix
    afterWhole = true
  }
}

/** The common prefix that `key` is rolled up into, or undefined. */
export function rolledUp(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function behind(entry: Found): { after: string; afterWhole: boolean } {
  return 'file' in entry
    ? { after: entry.file.key, afterWhole: false }
    : { after: entry.commonPrefix, afterWhole: true }
}
