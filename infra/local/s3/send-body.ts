import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/**
 * Sends `body` behind the head of `res`; fulfilled when the connection is done with it. A body that
 * fails, or that is not of `bytes` bytes, breaks the connection: the client must not take it for
 * the object, nor wait for the rest. `stream.pipeline` would do most of it, but makes and aborts
 * a signal for every answer, which costs as much as all the rest of a small one.
 */
export function sendBody(body: Readable, res: ServerResponse, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes
    body.on('data', (chunk: Buffer) => {
      left -= chunk.length
    })
    body.on('error', () => res.destroy())
    body.on('end', () => {
      if (left === 0) res.end()
      else res.destroy()
    })
    res.on('close', () => {
      body.destroy()
      resolve()
    })
    if (res.destroyed) res.emit('close')
    else body.pipe(res, { end: false })
  })
}
