import { Readable } from 'node:stream'

/** What a body asks of the connection that it comes from. */
export interface BodySource {
  /** Goes on reading. */
  resume(): void
  /** Nobody wants the rest. */
  abandon(): void
}

/** Bytes that a stream holds before it stops the connection. */
const streamBytes = 256 * 1024

/**
 * The body of a response. Those who know its length have it written to where they want it, without
 * a buffer and a copy for every piece; for all others it is a stream. It is none by itself, because
 * nobody reads one in most calls: of an image's three only one has a body, of known length.
 */
export class Body {
  readonly #source: BodySource
  #target: { buffer: Buffer; filled: number; settle: (error?: Error) => void } | undefined
  #stream: Readable | undefined
  /** Whether the stream wants pieces. */
  #wanted = false
  #early: Buffer[] = []
  #ended = false
  /** Bytes that the stream may still have. */
  #left = Number.POSITIVE_INFINITY
  /** Whether it was read, or given up. */
  #closed = false
  /** Why it broke off. */
  #failure: Error | undefined

  constructor(source: BodySource) {
    this.#source = source
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
   * @throws whatever breaks the body off; Error when it has another length, or was read before
   */
  readInto(buffer: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#failure ?? new Error('the body was read or given up'))
      const settle = (error?: Error) => (error ? reject(error) : resolve())
      this.#target = { buffer, filled: 0, settle }
      for (const piece of this.#early.splice(0)) this.#copy(piece)
      if (this.#ended) return this.#finish()
      this.#source.resume()
    })
  }

  /**
   * The body as a stream, to be asked for once. To destroy it gives the body up.
   * @param maxBytes behind which it breaks off
   */
  stream(maxBytes = Number.POSITIVE_INFINITY): Readable {
    this.#left = maxBytes
    const stream = new Readable({
      highWaterMark: streamBytes,
      read: () => this.#flow(),
      destroy: (error, done) => {
        this.destroy(error ?? undefined)
        done(error)
      },
    })
    // Breaking off before anybody reads must not be an unhandled event; whoever reads finds it out.
    stream.on('error', () => {})
    this.#stream = stream
    if (this.#closed) stream.destroy(this.#failure)
    return stream
  }

  /** Takes a piece of the body, whose memory is used again. Returns whether more may come. */
  accept(piece: Buffer): boolean {
    if (this.#target) return this.#copy(piece)
    this.#left -= piece.length
    if (this.#left < 0) {
      this.destroy(new Error('the body is too long'))
      return false
    }
    const kept = Buffer.from(piece)
    if (this.#wanted && this.#stream) return this.#stream.push(kept)
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
    else if (this.#wanted) this.#stream?.push(null)
  }

  /** Gives the body up, or tells why it breaks off. Does nothing to one that was read. */
  destroy(error?: Error): void {
    if (this.#closed) return
    this.#closed = true
    this.#failure = error
    this.#early = []
    this.#target?.settle(error ?? new Error('the body was given up'))
    this.#target = undefined
    this.#stream?.destroy(error)
    if (!this.#ended) this.#source.abandon()
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
    this.#closed = true
    const short = filled !== buffer?.length
    settle?.(short ? new Error(`${filled} of ${buffer?.length} bytes came`) : undefined)
  }

  #flow(): void {
    this.#wanted = true
    let more = true
    for (const piece of this.#early.splice(0)) more = this.#stream?.push(piece) ?? false
    if (this.#ended) this.#stream?.push(null)
    else if (more) this.#source.resume()
  }
}
