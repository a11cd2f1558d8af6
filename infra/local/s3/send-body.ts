import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { FileBody } from '../bucket/file-body.ts'

/**
 * Sends `body` behind the head of `res`; fulfilled when the connection is done with it. A body that
 * fails, or that is not of `bytes` bytes, breaks the connection: the client must not take it for
 * the object, nor wait for the rest. `stream.pipeline` would do most of it, but makes and aborts
 * a signal for every answer, which costs as much as all the rest of a small one.
 */
export function sendBody(body: Readable, res: ServerResponse, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes
    const onData = (chunk: Buffer) => {
      left -= chunk.length
      const onSent = () => {
        if (body instanceof FileBody) body.recycle(chunk)
      }
      if (!res.write(chunk, onSent)) body.pause()
    }
    res.on('drain', () => body.resume())
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
    else body.on('data', onData)
  })
}
