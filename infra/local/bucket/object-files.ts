import { lstatSync, type Stats, statSync } from 'node:fs'
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode, isMissing } from './file-identity.ts'
import type { FileNames } from './file-names.ts'
import type { Lock } from './locks.ts'

/** An object's file where it lies. */
export interface Located {
  path: string
  stats: Stats
}

/** Where the objects of a bucket lie on the disk. */
export interface ObjectFiles {
  /** The file of `key`, or undefined. */
  locate(key: string): Located | undefined
  /**
   * Moves a complete file to the place of `key`, over what is there; the lock on `key` is held.
   * @throws EXDEV, when that is on another file system; what is there stays then
   */
  place(temporary: string, key: string): Promise<void>
  /** Runs `task` in the folder of the place of `key`, which is made; the lock on `key` is held. */
  inFolderOf<T extends object>(key: string, task: (folder: string) => Promise<T>): Promise<T>
  /** Removes the file of `key`; the lock on `key` is held. */
  unlink(key: string): Promise<void>
}

/** Makings and unmakings of folders by others that one placement puts up with. */
const attempts = 16

/** The files below `root`. `lock` is the one that writers of keys hold. */
export function createObjectFiles(root: string, names: FileNames, lock: Lock): ObjectFiles {
  const placeOf = (key: string) => join(root, names.pathOf(key))
  const besideOf = (key: string) => join(root, names.besidePathOf(key))

  /** Drives the objects aside that stand where `key` needs folders: `a` for `a/b`. */
  const makeWay = async (key: string) => {
    for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      const ancestor = key.slice(0, slash)
      // Locks are only ever taken from longer keys to shorter ones: no two can wait in a circle.
      await lock(ancestor, async () => {
        if (!fileAt(placeOf(ancestor))) return
        names.remember(ancestor)
        await rename(placeOf(ancestor), besideOf(ancestor))
      })
    }
  }

  const makeFolder = async (key: string) => {
    try {
      await mkdir(dirname(placeOf(key)), { recursive: true })
    } catch (error) {
      const code = errorCode(error)
      if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'ENOENT') throw error
      await makeWay(key)
    }
  }

  /** Tries until there is a result; where the folder of `key` is missing, it is made. */
  const insist = async <T>(key: string, attempt: () => Promise<T | undefined>): Promise<T> => {
    names.remember(key)
    let failure: unknown
    for (let i = 0; i < attempts; i++) {
      try {
        const result = await attempt()
        if (result !== undefined) return result
      } catch (error) {
        if (!isMissing(error)) throw error
        failure = error
        await makeFolder(key)
      }
    }
    throw new Error(`No place for ${JSON.stringify(key)} in ${attempts} attempts: ${failure}`)
  }

  const tryToPlace = async (temporary: string, key: string): Promise<true | undefined> => {
    const place = placeOf(key)
    // It would give way to the file, and all the keys behind it with it.
    if (isLinkToFolder(place)) {
      await rename(temporary, besideOf(key))
      return true
    }
    try {
      await rename(temporary, place)
      if (fileAt(besideOf(key))) await rm(besideOf(key), { force: true })
    } catch (error) {
      if (errorCode(error) !== 'EISDIR') throw error
      if (await isEmptied(place)) return undefined
      await rename(temporary, besideOf(key))
    }
    return true
  }

  return {
    locate(key) {
      for (const path of [placeOf(key), besideOf(key), placeOf(key)]) {
        const stats = fileAt(path)
        if (stats) return { path, stats }
      }
      return undefined
    },
    async place(temporary, key) {
      await insist(key, () => tryToPlace(temporary, key))
    },
    inFolderOf: (key, task) => insist(key, () => task(dirname(placeOf(key)))),
    async unlink(key) {
      for (const path of [placeOf(key), besideOf(key)]) {
        if (fileAt(path)) await rm(path, { force: true })
      }
    },
  }
}

/** Without the thread pool: the way there and back costs ten times the call. */
export function fileAt(path: string): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats?.isFile() ? stats : undefined
  } catch (error) {
    // A path that is too long for the file system leads nowhere on it.
    if (isMissing(error) || errorCode(error) === 'ENAMETOOLONG') return undefined
    throw error
  }
}

function isLinkToFolder(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Takes away an empty folder; whether that was possible. */
async function isEmptied(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    (error) => isMissing(error),
  )
}
