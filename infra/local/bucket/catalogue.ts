import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { ObjectAttributes, ObjectInfo } from '../bucket.ts'
import { guessContentType } from './content-types.ts'
import { fileIdentity, isSettled } from './file-identity.ts'
import type { Sidecars, Version } from './sidecars.ts'

/** Another file has come to the path since it was looked at: look again. */
export class FileReplaced extends Error {}

/** Turns files into objects: what their sidecar says, or what their bytes and name say. */
export interface Catalogue {
  /**
   * Describes the file at `path` with these `stats`; it is hashed once, if nobody knows it.
   * @throws FileReplaced
   */
  describe(key: string, path: string, stats: Stats): Promise<ObjectInfo>
  /** Makes known what `write` is about to put under `key`, before readers can meet the file. */
  announce(key: string, version: Version, present: Stats | undefined): void
  forget(key: string): void
}

/** Headers kept in memory; beyond that, the least recently added go, and sidecars are read again. */
const maxKept = 200_000

/** Up to here hashing a file again costs no more than keeping its hash in a sidecar. */
const smallBytes = 64 * 1024

/** Versions in one sidecar: the one before, the one that is being written, one put there by hand. */
const maxVersions = 3

/** A catalogue over `sidecars`. */
export function createCatalogue(sidecars: Sidecars): Catalogue {
  const kept = new Map<string, Version>()
  const hashing = new Map<string, Promise<Version>>()

  const keep = (key: string, version: Version) => {
    kept.delete(key)
    kept.set(key, version)
    if (kept.size > maxKept) kept.delete(kept.keys().next().value as string)
  }

  const examine = async (key: string, path: string, stats: Stats): Promise<Version> => {
    const file = fileIdentity(stats)
    const versions = sidecars.load(key)
    const known = versions.find((version) => version.file === file)
    if (known) {
      keep(key, known)
      return known
    }
    const isSmall = stats.size <= smallBytes
    const { md5, after } = isSmall ? hashSmall(path) : await hashFile(path, stats.size)
    if (after.ino !== stats.ino) throw new FileReplaced(path)
    // The same bytes in another file (restored, copied, touched) are still what was said of them.
    const same = versions.find((version) => version.md5 === md5)
    const version: Version = { ...(same ?? { etag: `"${md5}"`, md5 }), file }
    if (fileIdentity(after) === file && isSettled(after)) {
      if (same || !isSmall) saveBesideOthers(key, version)
      keep(key, version)
    }
    return version
  }

  const saveBesideOthers = (key: string, version: Version) => {
    // Read anew: a writer may have announced a version meanwhile.
    const others = sidecars.load(key).filter((other) => other.md5 !== version.md5)
    sidecars.save(key, [version, ...others].slice(0, maxVersions))
  }

  return {
    async describe(key, path, stats) {
      const file = fileIdentity(stats)
      const memory = kept.get(key)
      if (memory?.file === file) return infoOf(key, memory, stats)
      const task = `${file} ${key}`
      let running = hashing.get(task)
      if (!running) {
        running = examine(key, path, stats).finally(() => hashing.delete(task))
        hashing.set(task, running)
      }
      return infoOf(key, await running, stats)
    },
    announce(key, version, present) {
      const versions = present ? versionsOf(key, fileIdentity(present)) : []
      sidecars.save(key, [version, ...versions])
      keep(key, version)
    },
    forget(key) {
      kept.delete(key)
      sidecars.remove(key)
    },
  }

  function versionsOf(key: string, file: string): Version[] {
    const memory = kept.get(key)
    if (memory?.file === file) return [memory]
    return sidecars.load(key).filter((version) => version.file === file)
  }
}

function infoOf(key: string, version: Version, stats: Stats): ObjectInfo {
  const attributes: ObjectAttributes = version.attributes ?? {}
  return {
    ...attributes,
    key,
    bytes: stats.size,
    etag: version.etag,
    lastModified: new Date(stats.mtimeMs),
    contentType: attributes.contentType ?? guessContentType(key),
    metadata: attributes.metadata ?? {},
  }
}

function hashSmall(path: string): { md5: string; after: Stats } {
  const file = openSync(path, 'r')
  try {
    const md5 = createHash('md5').update(readFileSync(file)).digest('hex')
    return { md5, after: fstatSync(file) }
  } finally {
    closeSync(file)
  }
}

async function hashFile(path: string, bytes: number): Promise<{ md5: string; after: Stats }> {
  const file = await open(path)
  try {
    return { md5: await hashBytes(file, bytes), after: await file.stat() }
  } finally {
    await file.close()
  }
}

async function hashBytes(file: FileHandle, bytes: number): Promise<string> {
  const hash = createHash('md5')
  const buffer = Buffer.allocUnsafe(Math.min(Math.max(bytes, 1), 1024 * 1024))
  for (let position = 0; position < bytes; ) {
    const length = Math.min(buffer.length, bytes - position)
    const { bytesRead } = await file.read(buffer, 0, length, position)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
  return hash.digest('hex')
}
