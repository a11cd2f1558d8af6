import type { Writable } from 'node:stream'

/**
 * Whether a server that has answered may never read all of a request's body.
 * @param refused whether the answer is a refusal
 */
export type BodyCut = (refused: boolean) => boolean

/**
 * Bytes that are written at once: more than most variants have, which go out with their head then,
 * and few enough for a slow connection to take while it may be idle.
 */
const pieceBytes = 256 * 1024

/**
 * Writes `body` to `socket` in pieces, each when the one before is written, until the socket ends.
 * Over TLS a write tells nothing of itself before all of it is done: with a large body in one, a
 * socket that is sending would count as idle.
 */
export function sendBody(socket: Writable, body: Uint8Array): BodyCut {
  let begun = 0
  const sendPiece = (error?: Error | null) => {
    if (error || socket.destroyed || begun === body.length) return
    const piece = body.subarray(begun, begun + pieceBytes)
    begun += piece.length
    socket.write(piece, sendPiece)
  }
  sendPiece()
  // A server that refuses a request before it has all of it may not read the rest. With others,
  // only word of what was written may be late: over TLS it can come after the answer.
  return (refused) => begun < body.length || (refused && socket.writableLength > 0)
}
