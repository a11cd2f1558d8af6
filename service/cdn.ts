/** The cache in front of the origin bucket. */
export interface Cdn {
  /**
   * Drops cached responses.
   * @param items paths of keys, `/`-led and encoded as `invalidationPath` does, or `#`-led tags
   * @param callerReference names this batch: a repetition with the same one and the same items
   *   does nothing more
   * @throws CdnError
   */
  createInvalidation(items: readonly string[], callerReference: string): Promise<void>
}

/** The cache refused or failed; `retryable` when the same call may succeed later. */
export class CdnError extends Error {
  readonly retryable: boolean
  /** Whether an item was refused, so that others alone may be taken. */
  readonly itemAtFault: boolean

  constructor(
    message: string,
    options: { retryable: boolean; itemAtFault?: boolean; cause?: unknown },
  ) {
    super(message, options)
    this.name = 'CdnError'
    this.retryable = options.retryable
    this.itemAtFault = options.itemAtFault ?? false
  }
}
