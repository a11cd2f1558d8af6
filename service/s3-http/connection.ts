import { Body } from './body.ts'
import { type BodyReader, createBodyReader } from './body-reader.ts'
import { createHeadReader } from './head-reader.ts'
import { openSocket } from './open-socket.ts'
import type { ResponseHead } from './response-head.ts'
import { type BodyCut, sendBody } from './send-body.ts'
import type { Connection, Endpoint, Timeouts, WireResponse } from './wire.ts'

/** A response whose head has come. */
interface Begun {
  head: ResponseHead
  body: Body
  reader: BodyReader
}

/** A response that is being read. */
interface Exchange {
  readHead: ReturnType<typeof createHeadReader>
  /** Whether the server may never read all of the request's body; undefined when it has none. */
  isCut: BodyCut | undefined
  begun: Begun | undefined
  resolve: (response: WireResponse) => void
  reject: (error: Error) => void
  onFree: (usable: boolean) => void
}

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
    const { body, reader } = current?.begun ?? {}
    if (!body?.isRead) return early
    // Chunks must have their coding taken off before they can go where they are wanted.
    const place = reader?.plain ? body.place : undefined
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
    if (exchange.begun) exchange.begun.body.destroy(failure)
    else exchange.reject(failure)
    exchange.onFree(false)
  }

  function timeoutError(): Error {
    const { connectMs, idleMs } = timeouts
    const place = `${endpoint.host}:${endpoint.port}`
    const missing = current?.begun ? 'byte of the body' : `answer of ${place}`
    const message = isOpen
      ? `no ${missing} for ${idleMs} ms`
      : `no connection to ${place} within ${connectMs} ms`
    return Object.assign(new Error(message), { name: 'TimeoutError' })
  }

  function onEnd(): void {
    if (current?.begun?.head.framing === 'close') finish(current)
    else destroy(brokenError())
  }

  /** Takes what was read into `buffer`; returns whether to go on reading. */
  function onBytes(buffer: Buffer, bytes: number): boolean {
    if (!current) throw new Error('bytes that nobody asked for')
    const { begun } = current
    if (begun && buffer !== scratch && buffer !== early) return onPlaced(current, begun, bytes)
    const piece = buffer.subarray(0, bytes)
    return begun ? onBody(current, begun, piece) : onHead(current, piece)
  }

  function onHead(exchange: Exchange, piece: Buffer): boolean {
    const whole = exchange.readHead(piece)
    if (!whole) return true
    const { head, rest } = whole
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
    const begun = { head, body, reader: createBodyReader(head.framing) }
    exchange.begun = begun
    const { status, reason, headers } = head
    exchange.resolve({ status, reason, headers, body })
    // Who waits for the reader to be ready does not wait for the server.
    return rest.length > 0 || begun.reader.done ? onBody(exchange, begun, rest) : pause()
  }

  function onBody(exchange: Exchange, { body, reader }: Begun, piece: Buffer): boolean {
    let more = true
    for (const part of reader.take(piece)) more = body.accept(part)
    if (reader.done) return finish(exchange)
    return more || pause()
  }

  function onPlaced(exchange: Exchange, { body, reader }: Begun, bytes: number): boolean {
    body.placed(bytes)
    reader.count(bytes)
    return reader.done ? finish(exchange) : true
  }

  function pause(): boolean {
    socket.setTimeout(0)
    return false
  }

  /** Ends the exchange; the connection goes on reading, so as to hear of its end. */
  function finish(exchange: Exchange): boolean {
    // Its reader may have given it up on the way.
    if (current !== exchange) return false
    const { begun, isCut } = exchange
    const reusable = begun?.head.keepAlive === true && !isCut?.(begun.head.status >= 300)
    current = undefined
    socket.setTimeout(0)
    // Reading may have been stopped before the last piece: over TLS more than one comes at a time.
    socket.resume()
    begun?.body.end()
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
        const readHead = createHeadReader(method)
        current = { readHead, isCut: undefined, begun: undefined, resolve, reject, onFree }
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
