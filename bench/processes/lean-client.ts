import type { Socket } from 'node:net'
import { type BodyReader, createBodyReader } from '../../service/s3-http/body-reader.ts'
import { endpointOf } from '../../service/s3-http/endpoint.ts'
import { createHeadReader } from '../../service/s3-http/head-reader.ts'
import { openSocket } from '../../service/s3-http/open-socket.ts'
import type { ResponseHead } from '../../service/s3-http/response-head.ts'
import type { Endpoint } from '../../service/s3-http/wire.ts'
import type { Answer } from './load-recorder.ts'

/** Asks one server, over connections that it keeps. */
export interface LeanClient {
  /** Asks for `target`, a path with its query; resolves when all of the answer has come. */
  get(target: string): Promise<Answer>
  /** Ends the connections. */
  close(): void
}

/** An answer that did not come, or not whole. */
const broken: Answer = { status: 0, serverTiming: '' }

/** What is read goes there, and is looked at before anything else is read. */
const scratch = Buffer.allocUnsafeSlow(256 * 1024)

/** One connection, for one request at a time. */
interface Lane {
  ask(target: string): Promise<Answer>
  close(): void
}

/**
 * A client that costs next to nothing: a processor that has slept through a resize needs 0.6 ms more
 * for an answer of 155 kB that `node:http` reads, which would count as the server's.
 * @param origin of the server, such as `http://127.0.0.1:3000`
 */
export function createLeanClient(origin: string): LeanClient {
  const { protocol, hostname, port, host } = new URL(origin)
  const endpoint = endpointOf(protocol, hostname, Number(port) || undefined)
  const lanes = new Set<Lane>()
  const idle: Lane[] = []

  const open = () => {
    const lane = openLane(endpoint, host, () => {
      lanes.delete(lane)
      const at = idle.indexOf(lane)
      if (at >= 0) idle.splice(at, 1)
    })
    lanes.add(lane)
    return lane
  }

  return {
    get: async (target) => {
      const lane = idle.pop() ?? open()
      const answer = await lane.ask(target)
      if (lanes.has(lane)) idle.push(lane)
      return answer
    },
    close: () => {
      for (const lane of lanes) lane.close()
    },
  }
}

function openLane(endpoint: Endpoint, host: string, onGone: () => void) {
  let readHead = createHeadReader('GET')
  let head: ResponseHead | undefined
  let body: BodyReader | undefined
  let resolve: ((answer: Answer) => void) | undefined

  const settle = (whole: boolean) => {
    const { status = 0, headers } = head ?? {}
    resolve?.(whole ? { status, serverTiming: headers?.['server-timing'] ?? '' } : broken)
    resolve = undefined
  }

  const gone = (whole: boolean) => {
    socket.destroy()
    onGone()
    settle(whole)
  }

  const onBytes = (piece: Buffer) => {
    if (!body) {
      const whole = readHead(piece)
      if (!whole) return
      head = whole.head
      body = createBodyReader(head.framing)
      body.take(whole.rest)
    } else body.take(piece)
    if (!body.done) return
    if (head?.keepAlive) settle(true)
    else gone(true)
  }

  const onread = {
    buffer: scratch,
    callback: (bytes: number, buffer: Uint8Array) => {
      try {
        if (!resolve) throw new Error('bytes that nobody asked for')
        onBytes((buffer as Buffer).subarray(0, bytes))
      } catch {
        gone(false)
      }
      return true
    },
  }
  const socket: Socket = openSocket(endpoint, onread, () => {})
  socket.on('error', () => {})
  socket.once('end', () => gone(head?.framing === 'close'))
  socket.once('close', () => gone(false))

  return {
    ask: (target: string) =>
      new Promise<Answer>((resolveAnswer) => {
        resolve = resolveAnswer
        readHead = createHeadReader('GET')
        head = undefined
        body = undefined
        if (socket.destroyed) gone(false)
        else socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`, 'latin1')
      }),
    close: () => gone(false),
  }
}
