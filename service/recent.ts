import type { ObjectHead } from './store.ts'

/** A result that can be handed out again as long as its original is the same. */
export interface Remembered {
  body: Buffer
  original: string
  sourceEtag: string
  /** When the original began to be read, in milliseconds on the clock of the results. */
  readAt: number
}

/**
 * The results of the last seconds: who follows a redirect that was given before the variant was
 * stored need not make it again.
 */
export interface Recent<T extends Remembered> {
  /** A result whose original was the same within the last second, or undefined. */
  get(key: string): Promise<T | undefined>
  set(key: string, value: T): void
  /** Forgets `value`, and no other that came under the key meanwhile. */
  delete(key: string, value: T): void
}

interface Entry<T> {
  value: T
  expires: number
  /** The latest; the reading of the original counts as the first. */
  look: Look
}

/** A look at an original, which tells no more than how it was when the look began. */
interface Look {
  since: number
  same: Promise<boolean>
}

/** Milliseconds that a result is kept: who follows a redirect given before it was stored comes sooner. */
const keptMs = 10_000

/** Milliseconds that a look at the original is trusted, so that a crowd costs one a second. */
const trustedMs = 1_000

/**
 * @param head looks at an original, to see whether it is still the same
 * @param maxBytes of all bodies together; the oldest go first
 * @param release is given the body of each result that is forgotten
 * @param now milliseconds on a clock that does not jump
 */
export function createRecent<T extends Remembered>(
  head: (key: string) => Promise<Pick<ObjectHead, 'etag'> | undefined>,
  maxBytes: number,
  release: (body: Buffer) => void,
  now: () => number = () => performance.now(),
): Recent<T> {
  const entries = new Map<string, Entry<T>>()
  let bytes = 0

  const remove = (key: string) => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    const { body } = entry.value
    bytes -= body.length
    release(body)
  }

  const removeOverdue = () => {
    for (const [key, { expires }] of entries) {
      if (expires > now() && bytes <= maxBytes) return
      remove(key)
    }
  }

  const unchanged = async ({ value }: Entry<T>) => {
    const present = await head(value.original).catch(() => undefined)
    return present?.etag === value.sourceEtag
  }

  return {
    get: async (key) => {
      removeOverdue()
      const entry = entries.get(key)
      if (!entry) return undefined
      if (now() - entry.look.since >= trustedMs) {
        entry.look = { since: now(), same: unchanged(entry) }
      }
      if (await entry.look.same) return entry.value
      if (entries.get(key) === entry) remove(key)
      return undefined
    },
    set: (key, value) => {
      remove(key)
      const look = { since: value.readAt, same: Promise.resolve(true) }
      entries.set(key, { value, expires: now() + keptMs, look })
      bytes += value.body.length
      removeOverdue()
    },
    delete: (key, value) => {
      if (entries.get(key)?.value === value) remove(key)
    },
  }
}
