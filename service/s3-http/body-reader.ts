import { createChunkedDecoder } from './chunked.ts'
import type { ResponseHead } from './response-head.ts'

/** Follows one body to its end. */
export interface BodyReader {
  /** Whether all of it has come; never, where it ends with the connection. */
  readonly done: boolean
  /** Whether its bytes are its content as they come. */
  readonly plain: boolean
  /**
   * The content in a piece; its memory is that of the piece.
   * @throws Error when the coding is broken, or the body goes on behind its end
   */
  take(piece: Buffer): Buffer[]
  /**
   * Counts bytes of a plain body that need not be looked at.
   * @throws Error when it goes on behind its end
   */
  count(bytes: number): void
}

/** Reads a body of `framing`, from behind its head on. */
export function createBodyReader(framing: ResponseHead['framing']): BodyReader {
  const chunks = framing === 'chunked' ? createChunkedDecoder() : undefined
  let left = typeof framing === 'object' ? framing.bytes : Number.POSITIVE_INFINITY

  const count = (bytes: number) => {
    left -= bytes
    if (left < 0) throw new Error('the body is longer than its Content-Length')
  }

  return {
    plain: !chunks,
    get done() {
      return chunks ? chunks.done : left === 0
    },
    take: (piece) => {
      if (chunks) return chunks.decode(piece)
      count(piece.length)
      return piece.length > 0 ? [piece] : []
    },
    count,
  }
}
