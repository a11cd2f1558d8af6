import { blankLine, headEnd, parseResponseHead, type ResponseHead } from './response-head.ts'

/** A head that has come, and what came behind it in the same piece. */
interface WholeHead {
  head: ResponseHead
  rest: Buffer
}

/** A head is never longer than this. */
const maxHead = 64 * 1024

/**
 * Takes the head of one response off its pieces, however it is cut.
 * @param method of the request
 * @returns what takes a piece, whose memory may be used again, and gives the head when it is whole.
 *   It throws Error when it is none, or too long
 */
export function createHeadReader(method: string): (piece: Buffer) => WholeHead | undefined {
  let text = ''
  const read = (piece: Buffer): WholeHead | undefined => {
    const end = headEnd(text, piece)
    // No more than the head becomes text: what is kept of a string may keep all of it.
    text += piece.toString('latin1', 0, end)
    if (end === undefined) {
      if (text.length > maxHead) throw new Error('the head is too long')
      return undefined
    }
    const head = parseResponseHead(text.slice(0, -blankLine.length), method)
    const rest = piece.subarray(end)
    text = ''
    // 100 Continue and its like announce the real head.
    if (head.status < 200) return rest.length > 0 ? read(rest) : undefined
    return { head, rest }
  }
  return read
}
