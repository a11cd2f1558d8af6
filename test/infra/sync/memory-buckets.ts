import type {
  CopyAttributes,
  FullHead,
  OriginalBucket,
  OriginBucket,
} from '../../../infra/sync/buckets.ts'
import { StoreError } from '../../../service/store.ts'

/** A header with an entity tag, and the rest as given. */
export function fullHead(etag: string, rest: Partial<FullHead> = {}): FullHead {
  return {
    etag,
    bytes: 3,
    contentType: 'image/png',
    cacheControl: 'max-age=1',
    metadata: {},
    kept: {},
    ...rest,
  }
}

/** Both buckets in memory, with every write noted; `before` runs before each call. */
export function memoryBuckets(
  originals: Record<string, FullHead>,
  origins: Record<string, FullHead> = {},
  before: (call: string) => void = () => {},
) {
  const writes: string[] = []
  const conditions: unknown[] = []
  const checkTime = (signal: AbortSignal | undefined) => {
    if (signal?.aborted) throw new StoreError('aborted', 'the call was ended')
  }
  const original: OriginalBucket = {
    head: async (key) => {
      before(`original head ${key}`)
      return originals[key]
    },
  }
  const origin: OriginBucket = {
    head: async (key) => {
      before(`head ${key}`)
      return origins[key]
    },
    remove: async (key, { ifMatch, signal } = {}) => {
      before(`remove ${key}`)
      checkTime(signal)
      if (ifMatch !== undefined && origins[key] && origins[key].etag !== ifMatch) {
        throw new StoreError('condition', key)
      }
      writes.push(`remove ${key}`)
      delete origins[key]
    },
    copy: async (key, sourceEtag, attributes: CopyAttributes, condition, signal) => {
      before(`copy ${key}`)
      checkTime(signal)
      const source = originals[key]
      if (!source) throw new StoreError('missing', key)
      if (source.etag !== sourceEtag || (condition && origins[key])) {
        throw new StoreError('condition', key)
      }
      conditions.push(condition)
      writes.push(`copy ${key}`)
      origins[key] = { ...attributes, etag: source.etag, bytes: source.bytes }
    },
    variantFolders: async (prefix) => {
      before(`list ${prefix}`)
      const names = Object.keys(origins).map((key) => key.slice(prefix.length).split('/')[0] ?? '')
      return [...new Set(names)].filter((name) => /^\d+x\d+$/.test(name))
    },
  }
  return { original, origin, originals, origins, writes, conditions }
}
