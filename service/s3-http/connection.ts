import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Body } from './body.ts'
import { type ChunkedDecoder, createChunkedDecoder } from './chunked.ts'
import { parseResponseHead, type ResponseHead } from './response-head.ts'

/** Where a connection leads to. */
export interface Endpoint {
  tls: boolean
  host: string
  port: number
}

/** How long things may take, in milliseconds. */
export interface Timeouts {
  connectMs: number
  /** From the request to the head of its response, and between two pieces of a body. */
  idleMs: number
}

/** One request, ready to be sent. */
export interface WireRequest {
  method: string
  head: string
  body: Uint8Array | undefined
}

/** A response, whose body is still to come. */
export type WireResponse = Pick<ResponseHead, 'status' | 'reason' | 'headers'> & { body: Body }

/** A connection that serves one request after the other. */
export interface Connection {
  /** Whether it can take a request. */
  readonly usable: boolean
  /**
   * Sends a request. The connection is free again when `onFree` is called, with whether it can be
   * used again.
   * @throws an error named `TimeoutError`, or that of the connection
   */
  exchange(request: WireRequest, onFree: (usable: boolean) => void): Promise<WireResponse>
  destroy(error?: Error): void
}

/** A response that is being read. */
interface Exchange {
  method: string
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

/** Room for heads, and for bodies that nobody has named a place for. */
const scratchBytes = 64 * 1024

/** Opens a connection; what goes wrong with it is told by its first exchange. */
export function openConnection(endpoint: Endpoint, timeouts: Timeouts): Connection {
  const scratch = Buffer.allocUnsafeSlow(scratchBytes)
  let current: Exchange | undefined
  let failure: Error | undefined

  const onread = {
    buffer: () => current?.body?.place ?? scratch,
    callback: (bytes: number, buffer: Uint8Array) => {
      try {
        return onBytes(buffer as Buffer, bytes)
      } catch (error) {
        destroy(error as Error)
        return false
      }
    },
  }
  const { host, port } = endpoint
  const socket: Socket = endpoint.tls
    ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'], onread } as never)
    : connectPlain({ host, port, onread })
  socket.setNoDelay(true)
  socket.setTimeout(timeouts.connectMs, () => destroy(timeoutError(current ? 'answer' : 'use')))
  socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => socket.setTimeout(timeouts.idleMs))
  socket.on('error', (error) => destroy(error))
  socket.once('end', onEnd)
  socket.once('close', () => destroy(brokenError()))

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

  function onEnd(): void {
    if (current?.head?.framing === 'close') finish(current)
    else destroy(brokenError())
  }

  /** Takes what was read into `buffer`; returns whether to go on reading. */
  function onBytes(buffer: Buffer, bytes: number): boolean {
    if (!current) throw new Error('bytes that nobody asked for')
    if (buffer !== scratch) {
      current.body?.placed(bytes)
      return countDown(current, bytes)
    }
    const piece = scratch.subarray(0, bytes)
    return current.head ? onBody(current, piece) : onHead(current, piece)
  }

  function onHead(exchange: Exchange, piece: Buffer): boolean {
    const before = exchange.headText.length
    exchange.headText += piece.toString('latin1')
    const end = exchange.headText.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end < 0) {
      if (exchange.headText.length > maxHead) throw new Error('the head is too long')
      return true
    }
    const head = parseResponseHead(exchange.headText.slice(0, end), exchange.method)
    const rest = piece.subarray(end + 4 - before)
    exchange.headText = ''
    // 100 Continue and its like announce the real head.
    if (head.status < 200) return rest.length > 0 ? onHead(exchange, Buffer.from(rest)) : true
    return begin(exchange, head, rest)
  }

  function begin(exchange: Exchange, head: ResponseHead, rest: Buffer): boolean {
    exchange.head = head
    if (head.framing === 'chunked') exchange.chunks = createChunkedDecoder()
    else exchange.left = head.framing === 'close' ? Number.POSITIVE_INFINITY : head.framing.bytes
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
      return countDown(exchange, piece.length) && (more || pause())
    }
    let more = true
    for (const part of chunks.decode(piece)) more = body.accept(part)
    if (chunks.done) return finish(exchange)
    return more || pause()
  }

  function countDown(exchange: Exchange, bytes: number): boolean {
    exchange.left -= bytes
    if (exchange.left < 0) throw new Error('the body is longer than its Content-Length')
    return exchange.left === 0 ? finish(exchange) : true
  }

  function pause(): boolean {
    socket.setTimeout(0)
    return false
  }

  /** Ends the exchange; the connection goes on reading, so as to hear of its end. */
  function finish(exchange: Exchange): boolean {
    const reusable = exchange.head?.keepAlive === true && !failure
    current = undefined
    socket.setTimeout(0)
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
        current = { method, ...state, resolve, reject, onFree }
        if (!socket.connecting) socket.setTimeout(timeouts.idleMs)
        socket.cork()
        socket.write(head, 'latin1')
        if (body && body.length > 0) socket.write(body)
        socket.uncork()
        socket.resume()
      }),
    destroy,
  }
}

function timeoutError(what: string): Error {
  return Object.assign(new Error(`no ${what} of the connection in time`), { name: 'TimeoutError' })
}

function brokenError(): Error {
  return Object.assign(new Error('the connection broke off'), { code: 'ECONNRESET' })
}
