import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorBody, RightsizeError } from './errors.ts'

const codeOfParserError: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/**
 * Answers what Node refused before it became a request, in the form of every other error, and
 * closes the connection: where the next request would begin is not known.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  refuse(socket, new RightsizeError(codeOfParserError[error.code ?? ''] ?? 'http_malformed'))
}

/**
 * Takes from Node the requests that it would answer without a body, or close without a word:
 * expectations that it does not know are passed over, as RFC 9110, 10.1.1 allows, and tunnels are
 * refused.
 */
export function answerInNodesPlace(server: Server): void {
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response)
  })
  server.on('connect', (_request, socket) => {
    // Node has taken its own listeners off, and an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy())
    socket.on('timeout', () => socket.destroy())
    refuse(socket, new RightsizeError('method_not_allowed'), 'Allow: GET, HEAD')
  })
}

function refuse(socket: Duplex, refusal: RightsizeError, ...headers: string[]): void {
  const body = JSON.stringify(errorBody(refusal, randomUUID()))
  const head = [
    `HTTP/1.1 ${refusal.status} ${refusal.code}`,
    ...headers,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
