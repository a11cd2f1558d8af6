/** What a store says of an object without its bytes. */
export interface ObjectHead {
  /** The entity tag with its quotes, as HTTP spells it. */
  etag: string
  bytes: number
  contentType: string | undefined
  cacheControl: string | undefined
  /** User metadata: names in lower case, without `x-amz-meta-`. */
  metadata: Readonly<Record<string, string>>
}

/** An object that was read whole. */
export interface StoredObject extends ObjectHead {
  body: Buffer
}

/** What is written beside the bytes. */
export interface ObjectAttributes {
  contentType: string
  cacheControl: string
  metadata: Readonly<Record<string, string>>
}

/** On what a write depends: nothing under the key yet, or exactly the object with that entity tag. */
export type WriteCondition = { ifAbsent: true } | { ifMatch: string }

/** How an object is read. */
export interface ReadOptions {
  maxBytes?: number
  /** Called with the length before the body is read, which waits until it resolves. */
  reserve?: (bytes: number) => Promise<void>
  /** Makes the buffer for the body, of exactly so many bytes; a new one unless given. */
  allocate?: (bytes: number) => Buffer
  signal?: AbortSignal
}

/**
 * One bucket. Every method rejects with a `StoreError`, and with nothing else, when the store
 * does not do what was asked; `signal` ends the call early.
 */
export interface ObjectStore {
  /**
   * Reads an object whole. An object of more than `maxBytes` is refused from its header, and a
   * body that turns out longer is not read on.
   * @throws StoreError `missing`, `too-large`, or any of the store's failures
   */
  get(key: string, options?: ReadOptions): Promise<StoredObject>
  /** The object's header, or undefined when there is no such object. */
  head(key: string, options?: { signal?: AbortSignal | undefined }): Promise<ObjectHead | undefined>
  /**
   * Writes an object and returns its entity tag.
   * @throws StoreError `condition` when `condition` does not hold, or any of the store's failures
   */
  put(
    key: string,
    body: Buffer,
    attributes: ObjectAttributes,
    condition?: WriteCondition,
  ): Promise<{ etag: string }>
  /**
   * Removes an object; removing one that is not there is no failure.
   * @throws StoreError `condition` when the object is another than `ifMatch`
   */
  remove(key: string, options?: { ifMatch?: string; signal?: AbortSignal }): Promise<void>
}

/**
 * Why a store did not do what was asked. `missing` is only an object that is not there: access
 * denied, throttling and timeouts have names of their own.
 */
export type StoreFailure =
  | 'missing'
  | 'condition'
  | 'denied'
  | 'throttled'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'broken-body'
  | 'failed'

/** A failure of the store, told apart as far as the answer depends on it. */
export class StoreError extends Error {
  readonly failure: StoreFailure

  constructor(failure: StoreFailure, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreError'
    this.failure = failure
  }
}

const openFailures: ReadonlySet<StoreFailure> = new Set(['timeout', 'failed'])

/** Whether what ended with `error` may have changed the store all the same. */
export function leavesOpen(error: unknown): boolean {
  return error instanceof StoreError && openFailures.has(error.failure)
}
