import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ObjectAttributes } from '../bucket.ts'
import { isMissing } from './file-identity.ts'
import type { Log } from './log.ts'
import { sha256 } from './sha256.ts'

/** What is known of one version of an object's file. */
export interface Version {
  /** `fileIdentity` of the file. */
  file: string
  etag: string
  /** MD5 of the bytes in hexadecimal digits, where it was taken. */
  md5?: string
  /** What a writer said of it; undefined for a file that was put there by hand. */
  attributes?: ObjectAttributes
}

/**
 * The files that hold what is known of objects beside their bytes, one for each key. They are small
 * and read and written without the thread pool, whose way there and back costs more than they do.
 */
export interface Sidecars {
  /** Newest first; none when there is no sidecar, or a damaged one. */
  load(key: string): Version[]
  save(key: string, versions: Version[]): void
  remove(key: string): void
}

/** Sidecars in `directory`, spread over 256 folders by the hash of their key. */
export function createSidecars(directory: string, log: Log): Sidecars {
  const reported = new Set<string>()

  const pathOf = (key: string) => {
    const hash = sha256(key)
    return join(directory, hash.slice(0, 2), `${hash.slice(2)}.json`)
  }
  const write = (path: string, text: string) => {
    const temporary = `${path}.${randomUUID()}`
    try {
      writeFileSync(temporary, text)
      renameSync(temporary, path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  }

  return {
    load(key) {
      const path = pathOf(key)
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
      const versions = parse(text, key)
      if (versions) return versions
      if (!reported.has(path)) {
        reported.add(path)
        log.warn({ path, key }, 'damaged sidecar: the object is taken as put there by hand')
      }
      return []
    },
    save(key, versions) {
      const path = pathOf(key)
      const text = JSON.stringify({ key, versions })
      try {
        write(path, text)
      } catch (error) {
        if (!isMissing(error)) throw error
        mkdirSync(dirname(path), { recursive: true })
        write(path, text)
      }
      reported.delete(path)
    },
    remove: (key) => rmSync(pathOf(key), { force: true }),
  }
}

function parse(text: string, key: string): Version[] | undefined {
  try {
    const sidecar: unknown = JSON.parse(text)
    if (!isRecord(sidecar) || sidecar.key !== key || !Array.isArray(sidecar.versions)) return
    return sidecar.versions.every(isVersion) ? sidecar.versions : undefined
  } catch {
    return undefined
  }
}

function isVersion(value: unknown): value is Version {
  return (
    isRecord(value) &&
    typeof value.file === 'string' &&
    typeof value.etag === 'string' &&
    (value.md5 === undefined || typeof value.md5 === 'string') &&
    (value.attributes === undefined || isAttributes(value.attributes))
  )
}

const textAttributes = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
]

function isAttributes(value: unknown): value is ObjectAttributes {
  if (!isRecord(value)) return false
  const { metadata = {}, checksum = { algorithm: '', value: '' } } = value
  return (
    textAttributes.every((name) => value[name] === undefined || typeof value[name] === 'string') &&
    isRecord(metadata) &&
    Object.values(metadata).every((text) => typeof text === 'string') &&
    isRecord(checksum) &&
    typeof checksum.algorithm === 'string' &&
    typeof checksum.value === 'string'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
