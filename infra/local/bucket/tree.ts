import type { Dirent, Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, isSettled } from './file-identity.ts'
import type { FileNames } from './file-names.ts'
import { compareUtf8 } from './utf8-order.ts'

/** A file or folder in a folder, by the segment of the key that it stands for. */
interface Entry {
  /** The segment; a folder's ends in `/`. */
  sortName: string
  path: string
  folder: boolean
}

/** A file of the bucket. */
export interface TreeFile {
  key: string
  path: string
}

/** Where a walk begins and what it leaves out. */
interface WalkQuery {
  prefix?: string
  after?: string
  /** Leave out all keys that start with `after`, too. */
  afterWhole?: boolean
  /** Is told of every folder that the walk enters, with the prefix of its keys. */
  onFolder?: (path: string, prefix: string) => void
  /** Is told of folders that cannot be read; without it the walk throws. */
  onUnreadable?: (path: string, error: unknown) => void
}

/** The files of a bucket in the order of their keys. */
export interface Tree {
  walk(query: WalkQuery): AsyncGenerator<TreeFile>
}

/** Folders whose sorted content is kept, so that the pages of a list do not sort it anew. */
const maxKeptFolders = 64

/** The tree of files below `root`. Each folder is looked at when the walk comes to it. */
export function createTree(root: string, names: FileNames): Tree {
  const kept = new Map<string, { mtimeMs: number; ino: number; entries: Entry[] }>()

  const entriesOf = async (folder: string, stats: Stats) => {
    const memory = kept.get(folder)
    if (memory && memory.mtimeMs === stats.mtimeMs && memory.ino === stats.ino) {
      return memory.entries
    }
    const { entries, links } = await readEntries(folder, names)
    kept.delete(folder)
    // What a link leads to comes and goes without a trace in the folder.
    if (!links && isSettled(stats)) {
      kept.set(folder, { mtimeMs: stats.mtimeMs, ino: stats.ino, entries })
      if (kept.size > maxKeptFolders) kept.delete(kept.keys().next().value as string)
    }
    return entries
  }

  async function* walkFolder(
    folder: string,
    keyPrefix: string,
    query: WalkQuery,
    ancestors: Set<string>,
  ): AsyncGenerator<TreeFile> {
    let inode: string
    let entries: Entry[]
    try {
      let stats = await stat(folder)
      inode = `${stats.dev}:${stats.ino}`
      // A symbolic link leads back to where the walk came from.
      if (ancestors.has(inode)) return
      if (query.onFolder) {
        query.onFolder(folder, keyPrefix)
        // Anew, so that nothing slips in between reading the folder and watching it.
        stats = await stat(folder)
      }
      entries = await entriesOf(folder, stats)
    } catch (error) {
      if (isMissing(error)) return
      if (!query.onUnreadable) throw error
      query.onUnreadable(folder, error)
      return
    }
    const inside = new Set(ancestors).add(inode)
    const { prefix = '' } = query
    for (let i = firstWithin(entries, keyPrefix, query); ; i++) {
      const entry = entries[i]
      if (!entry) return
      const key = keyPrefix + entry.sortName
      const onTheWay = entry.folder && prefix.startsWith(key)
      if (!onTheWay && !key.startsWith(prefix)) return
      if (query.afterWhole && query.after && key.startsWith(query.after)) continue
      if (entry.folder) yield* walkFolder(entry.path, key, query, inside)
      else yield { key, path: entry.path }
    }
  }

  return {
    walk: (query) => walkFolder(root, '', query, new Set()),
  }
}

/** The first entry that is, or holds, a key within the query: entries are sorted, so by halving. */
function firstWithin(entries: Entry[], keyPrefix: string, query: WalkQuery): number {
  const { prefix = '', after = '' } = query
  const within = (entry: Entry) => {
    const key = keyPrefix + entry.sortName
    const holds = (bound: string) => entry.folder && bound.startsWith(key)
    return (
      (compareUtf8(key, prefix) >= 0 || holds(prefix)) &&
      (compareUtf8(key, after) > 0 || holds(after))
    )
  }
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (within(entries[middle] as Entry)) high = middle
    else low = middle + 1
  }
  return low
}

async function readEntries(
  folder: string,
  names: FileNames,
): Promise<{ entries: Entry[]; links: boolean }> {
  const entries = new Map<string, Entry & { beside: boolean }>()
  let links = false
  for (const dirent of await readdir(folder, { withFileTypes: true })) {
    const named = names.segmentOf(dirent.name)
    if (!named) continue
    links ||= dirent.isSymbolicLink()
    const path = join(folder, dirent.name)
    const kind = await kindOf(dirent, path)
    if (!kind || (named.beside && kind === 'folder')) continue
    const sortName = kind === 'folder' ? `${named.segment}/` : named.segment
    const other = entries.get(sortName)
    if (other && !other.beside) continue
    entries.set(sortName, { sortName, path, folder: kind === 'folder', beside: named.beside })
  }
  const sorted = [...entries.values()].sort((a, b) => compareUtf8(a.sortName, b.sortName))
  return { entries: sorted, links }
}

async function kindOf(dirent: Dirent, path: string): Promise<'file' | 'folder' | undefined> {
  if (dirent.isFile()) return 'file'
  if (dirent.isDirectory()) return 'folder'
  if (!dirent.isSymbolicLink()) return undefined
  const target = await stat(path).catch(() => undefined)
  if (target?.isFile()) return 'file'
  return target?.isDirectory() ? 'folder' : undefined
}
