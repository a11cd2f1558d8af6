/** Takes the chunked coding off a body (RFC 9112, 7.1), however it is cut into pieces. */
export interface ChunkedDecoder {
  /** Whether the last chunk and the trailer have come. */
  readonly done: boolean
  /**
   * The content in a piece; its memory is that of the piece.
   * @throws Error when the coding is broken, or goes on behind its end
   */
  decode(piece: Buffer): Buffer[]
}

/** A line of sizes, and all of the trailer, is never longer than this. */
const maxLine = 8 * 1024

/** A decoder for one body. */
export function createChunkedDecoder(): ChunkedDecoder {
  let state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size'
  let line = ''
  let left = 0
  let trailerBytes = 0

  /** Takes bytes up to the end of a line, and returns the line when it is whole. */
  const takeLine = (piece: Buffer, from: number): { line?: string; next: number } => {
    const end = piece.indexOf(0x0a, from)
    line += piece.toString('latin1', from, end < 0 ? piece.length : end)
    if (line.length > maxLine) throw new Error('a chunk has too long a line')
    if (end < 0) return { next: piece.length }
    const whole = line.replace(/\r$/, '')
    line = ''
    return { line: whole, next: end + 1 }
  }

  const onLine = (text: string) => {
    if (state === 'size') {
      const size = /^([0-9A-Fa-f]{1,12})\s*(?:;|$)/.exec(text)?.[1]
      if (size === undefined) throw new Error('a chunk has no size')
      left = Number.parseInt(size, 16)
      state = left === 0 ? 'trailer' : 'data'
    } else if (state === 'data-end') {
      if (text !== '') throw new Error('a chunk is longer than its size')
      state = 'size'
    } else if (text === '') {
      state = 'done'
    } else {
      trailerBytes += text.length
      if (trailerBytes > maxLine) throw new Error('a body has too long a trailer')
    }
  }

  return {
    get done() {
      return state === 'done'
    },
    decode: (piece) => {
      const content: Buffer[] = []
      let at = 0
      while (at < piece.length) {
        if (state === 'done') throw new Error('a body goes on behind its last chunk')
        if (state === 'data') {
          const part = piece.subarray(at, at + left)
          content.push(part)
          at += part.length
          left -= part.length
          if (left === 0) state = 'data-end'
          continue
        }
        const { line: whole, next } = takeLine(piece, at)
        at = next
        if (whole !== undefined) onLine(whole)
      }
      return content
    },
  }
}
