import { Readable } from 'node:stream'

/** What a body asks of the connection that it comes from. */
export interface BodySource {
  /** Goes on reading. */
  resume(): void
  /** Nobody wants the rest. */
  abandon(): void
}

/**
 * The body of a response: a stream for everybody, and for those who know its length a way to have
 * it written to where they want it, without a buffer and a copy for every piece.
 */
export class Body extends Readable {
  readonly #source: BodySource
  #target: { buffer: Buffer; filled: number; settle: (error?: Error) => void } | undefined
  #early: Buffer[] = []
  #wanted = false
  #ended = false

  constructor(source: BodySource) {
    super({ highWaterMark: 256 * 1024 })
    this.#source = source
    // Breaking off before anybody reads must not be an unhandled event; whoever reads finds it out.
    this.on('error', () => {})
  }

  /** Whether somebody is reading it, in either way. */
  get isRead(): boolean {
    return this.#wanted || this.#target !== undefined
  }

  /** Where the next bytes are best written; undefined when the connection may choose. */
  get place(): Buffer | undefined {
    const target = this.#target
    return target && target.filled < target.buffer.length
      ? target.buffer.subarray(target.filled)
      : undefined
  }

  /**
   * Has the body written into `buffer`, which has exactly its length. Instead of reading the
   * stream, not beside it.
   * @throws whatever breaks the body off; Error when it has another length
   */
  readInto(buffer: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.errored || this.destroyed) return reject(this.errored ?? new Error('destroyed'))
      const settle = (error?: Error) => (error ? reject(error) : resolve())
      this.#target = { buffer, filled: 0, settle }
      for (const piece of this.#early.splice(0)) this.#copy(piece)
      if (this.#ended) return this.#finish()
      this.#source.resume()
    })
  }

  /** Takes a piece of the body, whose memory is used again. Returns whether more may come. */
  accept(piece: Buffer): boolean {
    if (this.#target) return this.#copy(piece)
    const kept = Buffer.from(piece)
    if (this.#wanted) return this.push(kept)
    this.#early.push(kept)
    return false
  }

  /** Counts bytes that were written to `place`. */
  placed(bytes: number): void {
    if (this.#target) this.#target.filled += bytes
  }

  /** No more is to come. */
  end(): void {
    this.#ended = true
    if (this.#target) this.#finish()
    else if (this.#wanted) this.push(null)
  }

  #copy(piece: Buffer): boolean {
    const target = this.#target
    if (!target) return false
    const copied = piece.copy(target.buffer, target.filled)
    target.filled += copied
    if (copied < piece.length) this.destroy(new Error('the body is longer than it was said'))
    return true
  }

  #finish(): void {
    const { buffer, filled, settle } = this.#target ?? {}
    this.#target = undefined
    const short = filled !== buffer?.length
    settle?.(short ? new Error(`${filled} of ${buffer?.length} bytes came`) : undefined)
    // The stream has nothing to tell any more, and must not stay open.
    this.destroy()
  }

  override _read(): void {
    this.#wanted = true
    let more = true
    for (const piece of this.#early.splice(0)) more = this.push(piece)
    if (this.#ended) this.push(null)
    else if (more) this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const target = this.#target
    this.#target = undefined
    target?.settle(error ?? new Error('the body was given up'))
    if (!this.#ended) this.#source.abandon()
    callback(error)
  }
}
