import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Endpoint } from './wire.ts'

/**
 * Begins to connect to an endpoint.
 * @param onread where what comes is written, and who hears of it
 * @param onOpen called when requests may be sent: over TLS, behind its handshake
 */
export function openSocket(
  { host, port, tls }: Endpoint,
  onread: OnReadOpts,
  onOpen: () => void,
): Socket {
  // Addresses are no server names (RFC 6066, 3).
  const servername = isIP(host) ? '' : host
  const socket: Socket = tls
    ? connectTls({ host, port, servername, ALPNProtocols: ['http/1.1'], onread } as never)
    : connectPlain({ host, port, onread })
  socket.setNoDelay(true)
  socket.once(tls ? 'secureConnect' : 'connect', onOpen)
  return socket
}
