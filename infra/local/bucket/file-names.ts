import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from './sha256.ts'

/**
 * What names of the disk that are no plain key segment begin with. A segment of a key that itself
 * begins so is escaped, too, which keeps the mapping injective.
 */
const mark = '.%'
const escaped = `${mark}=`
const hashed = `${mark}#`
const beside = `${mark}!`

/** The longest name that file systems hold, in bytes. */
const maxNameBytes = 255

/** Which segment of a key a name on the disk stands for. */
interface NamedSegment {
  segment: string
  /** Whether it is the object that a folder of the same name has driven from its place. */
  beside: boolean
}

/** The mapping between keys and paths below a bucket's folder. */
export interface FileNames {
  /** The path of the key's file, relative to the bucket's folder. */
  pathOf(key: string): string
  /** Where the object lies when a folder has the place of `pathOf`: `a` beside `a/b`. */
  besidePathOf(key: string): string
  /** Writes down what a later `segmentOf` needs for the key's two paths. */
  remember(key: string): void
  /** The meaning of a name in a folder; undefined for names that no key has. */
  segmentOf(name: string): NamedSegment | undefined
}

/**
 * Names of keys on the disk. A segment of a key is the name itself wherever a file system can hold
 * it. The rest (empty, `.`, `..`, with NUL, beginning with `.%`) is `.%=` and the segment with `%`
 * and NUL percent-encoded; a segment of more than 255 bytes is `.%#` and its SHA-256, and the
 * segment itself is a file of that name in `namesDirectory`. Needs a file system that tells case
 * and Unicode normal forms apart, as Linux' do.
 */
export function createFileNames(namesDirectory: string): FileNames {
  const known = new Map<string, string>()

  const store = (segment: string) => {
    const hash = sha256(segment)
    if (known.has(hash)) return
    mkdirSync(namesDirectory, { recursive: true })
    const path = join(namesDirectory, hash)
    writeFileSync(`${path}.new`, segment)
    renameSync(`${path}.new`, path)
    known.set(hash, segment)
  }

  const recall = (hash: string): string | undefined => {
    const segment = known.get(hash) ?? readName(join(namesDirectory, hash))
    if (segment === undefined || sha256(segment) !== hash) return undefined
    known.set(hash, segment)
    return segment
  }

  const decode = (name: string): string | undefined => {
    if (!name.startsWith(mark)) return name
    if (name.startsWith(hashed)) return recall(name.slice(hashed.length))
    if (!name.startsWith(escaped)) return undefined
    return name.slice(escaped.length).replaceAll('%00', '\0').replaceAll('%25', '%')
  }

  return {
    pathOf: (key) => key.split('/').map(nameOf).join('/'),
    besidePathOf(key) {
      const segments = key.split('/')
      const last = segments.pop() as string
      return [...segments.map(nameOf), besideNameOf(last)].join('/')
    },
    remember(key) {
      for (const segment of key.split('/')) {
        if (besideNameOf(segment).startsWith(beside + hashed)) store(segment)
      }
    },
    segmentOf(name) {
      const isBeside = name.startsWith(beside)
      const segment = decode(isBeside ? name.slice(beside.length) : name)
      if (segment === undefined || segment.includes('/')) return undefined
      // A name that this segment would not get is somebody else's.
      const canonical = isBeside ? besideNameOf(segment) : nameOf(segment)
      return canonical === name ? { segment, beside: isBeside } : undefined
    },
  }
}

function nameOf(segment: string): string {
  return shortNameOf(segment, maxNameBytes)
}

function besideNameOf(segment: string): string {
  return beside + shortNameOf(segment, maxNameBytes - beside.length)
}

function shortNameOf(segment: string, maxBytes: number): string {
  const name = isPlain(segment)
    ? segment
    : escaped + segment.replaceAll('%', '%25').replaceAll('\0', '%00')
  return Buffer.byteLength(name) <= maxBytes ? name : hashed + sha256(segment)
}

function isPlain(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false
  return !segment.startsWith(mark) && !segment.includes('\0')
}

function readName(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
