import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Endpoint } from '../../../service/s3-http/wire.ts'

/** What a scripted server was asked. */
export interface Asked {
  socket: Socket
  head: string
  body: Buffer
  /** Which connection it came over, and which request of all it is; both from 0. */
  connection: number
  nth: number
}

/** A server that says exactly the bytes it is told to. */
export interface Scripted {
  endpoint: Endpoint
  sockets: Socket[]
  asked: Asked[]
  /** Waits until the client has closed all connections. */
  closed(): Promise<void>
}

/** Reads requests off connections, and leaves what happens then to `answer`. */
export async function scripted(t: Test, answer: (asked: Asked) => unknown): Promise<Scripted> {
  const sockets: Socket[] = []
  const asked: Asked[] = []
  const ends: Promise<unknown>[] = []
  const server = createServer((socket) => {
    const connection = sockets.push(socket) - 1
    ends.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.on('error', () => {})
    let wire: Buffer = Buffer.alloc(0)
    socket.on('data', (piece) => {
      wire = Buffer.concat([wire, piece])
      for (let end = wire.indexOf('\r\n\r\n'); end >= 0; end = wire.indexOf('\r\n\r\n')) {
        const head = wire.toString('latin1', 0, end)
        const whole = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (wire.length < whole) return
        const body = wire.subarray(end + 4, whole)
        wire = wire.subarray(whole)
        const one = { socket, head, body, connection, nth: asked.length }
        asked.push(one)
        answer(one)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const closed = async () => {
    await Promise.all(ends)
  }
  return { endpoint: { tls: false, host: '127.0.0.1', port }, sockets, asked, closed }
}

/** Writes piece by piece, so that they arrive as pieces. */
export async function writePieces(socket: Socket, pieces: readonly (Buffer | string)[]) {
  socket.setNoDelay(true)
  for (const piece of pieces) {
    if (piece.length > 0) socket.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A whole response with a length. */
export function response(body: string | Buffer, { status = 200, headers = '' } = {}): Buffer {
  const head = `HTTP/1.1 ${status} So\r\n${headers}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

/** A request as the transport sends it. */
export const get = {
  method: 'GET',
  head: 'GET /k HTTP/1.1\r\nhost: s\r\n\r\n',
  body: undefined,
}

export const patient = { connectMs: 60_000, idleMs: 60_000 }
