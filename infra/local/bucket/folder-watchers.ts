import { type FSWatcher, statSync, watch } from 'node:fs'
import { errorCode } from './file-identity.ts'
import type { Log } from './log.ts'

/** Watches folders one by one. */
export interface FolderWatchers {
  /**
   * Watches the folder at `path`, whose keys begin with `prefix`, if it is not watched yet. One that
   * has come in the place of another is not: watching goes on with the folder, not with its path.
   */
  ensure(path: string, prefix: string): void
  /** Ends watching what was the folder of `prefix`, and all below; whether there was one. */
  drop(prefix: string): boolean
  close(): void
}

/** Every folder costs a kernel watch, of which a user has few; the rescan sees to the rest. */
const maxWatchers = 4096

/**
 * Watchers that call `onEvent` with the folder's prefix and the name in it that something happened
 * to. One a folder, because on Linux Node's recursive watching takes one for every *file*, walks
 * the tree for it and misses folders that are filled while they are found.
 */
export function createFolderWatchers(
  onEvent: (folder: { path: string; prefix: string }, name: string | null) => void,
  log: Log,
): FolderWatchers {
  const watchers = new Map<string, { watcher: FSWatcher; folder: string }>()
  let refused = false

  const refuse = (path: string, error: unknown) => {
    if (!refused)
      log.warn({ path, error: String(error) }, 'changes are found by rescans alone here')
    refused = true
  }

  return {
    ensure(path, prefix) {
      if (refused) return
      try {
        const folder = folderIdentity(path)
        const former = watchers.get(prefix)
        if (former?.folder === folder) return
        watchers.delete(prefix)
        former?.watcher.close()
        if (watchers.size >= maxWatchers) {
          refuse(path, `more than ${maxWatchers} folders`)
          return
        }
        const watcher = watch(path, { persistent: false }, (_event, name) => {
          onEvent({ path, prefix }, name)
        })
        watcher.on('error', () => {
          if (watchers.get(prefix)?.watcher === watcher) watchers.delete(prefix)
          watcher.close()
        })
        watchers.set(prefix, { watcher, folder })
      } catch (error) {
        // A folder that went meanwhile, or is closed to us, says nothing about the others.
        const code = errorCode(error)
        if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') refuse(path, error)
      }
    },
    drop(prefix) {
      const dropped = watchers.has(prefix)
      if (!dropped) return false
      for (const [other, { watcher }] of watchers) {
        if (!other.startsWith(prefix)) continue
        watchers.delete(other)
        watcher.close()
      }
      return true
    },
    close() {
      for (const { watcher } of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

/** File systems give the number of a folder that went to the next one: the birth tells them apart. */
function folderIdentity(path: string): string {
  const { dev, ino, birthtimeMs } = statSync(path)
  return `${dev}-${ino}-${birthtimeMs}`
}
