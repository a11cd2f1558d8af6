import { Body } from './body.ts'
import { type ChunkedDecoder, createChunkedDecoder } from './chunked.ts'
import { openSocket } from './open-socket.ts'
import { blankLine, headEnd, parseResponseHead, type ResponseHead } from './response-head.ts'
import { type BodyCut, sendBody } from './send-body.ts'
import type { Connection, Endpoint, Timeouts, WireResponse } from './wire.ts'

/** A response that is being read. */
interface Exchange {
  method: string
  /** Whether the server may never read all of the request's body; undefined when it has none. */
  isCut: BodyCut | undefined
  head: ResponseHead | undefined
  headText: string
  body: Body | undefined
  /** Bytes of the body that are still to come, where its length is known. */
  left: number
  chunks: ChunkedDecoder | undefined
  resolve: (response: WireResponse) => void
  reject: (error: Error) => void
  onFree: (usable: boolean) => void
}

/** A head is never longer than this. */
const maxHead = 64 * 1024

/** Room for bodies that nobody has named a place for. */
const scratchBytes = 64 * 1024

/**
 * Room for a head, and for what comes of a body before its reader is ready. That must be kept
 * aside: less than half of `Buffer.poolSize` costs no buffer of its own.
 */
const earlyBytes = 3 * 1024

/** Opens a connection; what goes wrong with it is told by its first exchange. */
export function openConnection(endpoint: Endpoint, timeouts: Timeouts): Connection {
  const early = Buffer.allocUnsafeSlow(earlyBytes)
  let scratch: Buffer | undefined
  let current: Exchange | undefined
  let failure: Error | undefined
  let isOpen = false

  const onread = {
    buffer: roomForNext,
    callback: (bytes: number, buffer: Uint8Array) => {
      try {
        return onBytes(buffer as Buffer, bytes)
      } catch (error) {
        destroy(error as Error)
        return false
      }
    },
  }
  const socket = openSocket(endpoint, onread, () => {
    isOpen = true
    socket.setTimeout(timeouts.idleMs)
  })
  socket.setTimeout(timeouts.connectMs, () => destroy(timeoutError()))
  socket.on('error', (error) => destroy(error))
  socket.once('end', onEnd)
  socket.once('close', () => destroy(brokenError()))

  /** Where the next bytes are written. */
  function roomForNext(): Buffer {
    const { body, chunks } = current ?? {}
    if (!body?.isRead) return early
    // Chunks must have their coding taken off before they can go where they are wanted.
    const place = chunks ? undefined : body.place
    if (place) return place
    scratch ??= Buffer.allocUnsafeSlow(scratchBytes)
    return scratch
  }

  function destroy(error?: Error): void {
    failure ??= error ?? brokenError()
    socket.destroy()
    const exchange = current
    current = undefined
    if (!exchange) return
    if (exchange.body) exchange.body.destroy(failure)
    else exchange.reject(failure)
    exchange.onFree(false)
  }

  function timeoutError(): Error {
    const { connectMs, idleMs } = timeouts
    const place = `${endpoint.host}:${endpoint.port}`
    const missing = current?.body ? 'byte of the body' : `answer of ${place}`
    const message = isOpen
      ? `no ${missing} for ${idleMs} ms`
      : `no connection to ${place} within ${connectMs} ms`
    return Object.assign(new Error(message), { name: 'TimeoutError' })
  }

  function onEnd(): void {
    if (current?.head?.framing === 'close') finish(current)
    else destroy(brokenError())
  }

  /** Takes what was read into `buffer`; returns whether to go on reading. */
  function onBytes(buffer: Buffer, bytes: number): boolean {
    if (!current) throw new Error('bytes that nobody asked for')
    if (buffer !== scratch && buffer !== early) {
      current.body?.placed(bytes)
      return countDown(current, bytes, true)
    }
    const piece = buffer.subarray(0, bytes)
    return current.head ? onBody(current, piece) : onHead(current, piece)
  }

  function onHead(exchange: Exchange, piece: Buffer): boolean {
    const end = headEnd(exchange.headText, piece)
    // No more than the head becomes text: what is kept of a string may keep all of it.
    exchange.headText += piece.toString('latin1', 0, end)
    if (end === undefined) {
      if (exchange.headText.length > maxHead) throw new Error('the head is too long')
      return true
    }
    const head = parseResponseHead(exchange.headText.slice(0, -blankLine.length), exchange.method)
    const rest = piece.subarray(end)
    exchange.headText = ''
    // 100 Continue and its like announce the real head.
    if (head.status < 200) return rest.length > 0 ? onHead(exchange, rest) : true
    return begin(exchange, head, rest)
  }

  function begin(exchange: Exchange, head: ResponseHead, rest: Buffer): boolean {
    exchange.head = head
    if (head.framing === 'chunked') exchange.chunks = createChunkedDecoder()
    exchange.left = typeof head.framing === 'object' ? head.framing.bytes : Number.POSITIVE_INFINITY
    const body = new Body({
      resume: () => {
        if (current !== exchange) return
        socket.setTimeout(timeouts.idleMs)
        socket.resume()
      },
      abandon: () => {
        if (current === exchange) destroy()
      },
    })
    exchange.body = body
    const { status, reason, headers } = head
    exchange.resolve({ status, reason, headers, body })
    if (exchange.left === 0 && rest.length === 0) return finish(exchange)
    // Who waits for the reader to be ready does not wait for the server.
    return rest.length === 0 ? pause() : onBody(exchange, rest)
  }

  function onBody(exchange: Exchange, piece: Buffer): boolean {
    const { body, chunks } = exchange
    if (!body) return false
    if (!chunks) {
      const more = body.accept(piece)
      return countDown(exchange, piece.length, more)
    }
    let more = true
    for (const part of chunks.decode(piece)) more = body.accept(part)
    if (chunks.done) return finish(exchange)
    return more || pause()
  }

  function countDown(exchange: Exchange, bytes: number, more: boolean): boolean {
    exchange.left -= bytes
    if (exchange.left < 0) throw new Error('the body is longer than its Content-Length')
    if (exchange.left === 0) return finish(exchange)
    return more || pause()
  }

  function pause(): boolean {
    socket.setTimeout(0)
    return false
  }

  /** Ends the exchange; the connection goes on reading, so as to hear of its end. */
  function finish(exchange: Exchange): boolean {
    // Its reader may have given it up on the way.
    if (current !== exchange) return false
    const { head, isCut } = exchange
    const reusable = head?.keepAlive === true && !isCut?.(head.status >= 300)
    current = undefined
    socket.setTimeout(0)
    // Reading may have been stopped before the last piece: over TLS more than one comes at a time.
    socket.resume()
    exchange.body?.end()
    if (!reusable) destroy()
    exchange.onFree(reusable)
    return true
  }

  return {
    get usable() {
      return !failure && !current
    },
    exchange: ({ method, head, body }, onFree) =>
      new Promise((resolve, reject) => {
        if (failure) {
          onFree(false)
          return reject(failure)
        }
        const state = { head: undefined, headText: '', body: undefined, left: 0, chunks: undefined }
        current = { method, isCut: undefined, ...state, resolve, reject, onFree }
        if (!socket.connecting) socket.setTimeout(timeouts.idleMs)
        socket.cork()
        socket.write(head, 'latin1')
        if (body && body.length > 0) current.isCut = sendBody(socket, body)
        socket.uncork()
        socket.resume()
      }),
    destroy,
  }
}

function brokenError(): Error {
  return Object.assign(new Error('the connection broke off'), { code: 'ECONNRESET' })
}
