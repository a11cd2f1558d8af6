import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'

/** Where a server listens. */
interface Address {
  host: string
  port: number
  /** The environment variable that sets the port. */
  setting: string
}

/** A server that listens. */
export interface Listener {
  /** The port it got, which is the one asked for unless that was 0. */
  readonly port: number
  /** Takes no more requests, gives those under way five seconds, and closes all connections. */
  stop(): Promise<void>
}

// Connections that fall idle while the server stops are not closed by themselves.
const idleCheckMs = 20
const graceMs = 5000

/**
 * Serves `handler` at `address`; port 0 takes a free one.
 * @throws an Error that names the port and its setting
 */
export async function listen(handler: RequestListener, address: Address): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 60_000 }, handler)
  await listening(server, address)
  return { port: (server.address() as AddressInfo).port, stop }

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
      const forced = setTimeout(() => server.closeAllConnections(), graceMs)
      server.close(() => {
        clearInterval(idle)
        clearTimeout(forced)
        resolve()
      })
    })
  }
}

/**
 * The port to give to another process: `port` itself, or a free one for 0. For a minute only a
 * process that asks for it by its number gets it: its own last connection, which this side closed
 * first, is in TIME_WAIT, and the system passes over such a port when it looks for a free one
 * (https://github.com/Yelp/ephemeral-port-reserve).
 * @throws an Error that names the port and its setting
 */
export async function freePort(address: Address): Promise<number> {
  // A viewer may be the first one in: what it asks is not read, so its end would never be seen.
  const server = createTcpServer((connection) => connection.on('error', () => {}).destroySoon())
  await listening(server, address)
  const { port } = server.address() as AddressInfo
  await once(connect(port, address.host).resume(), 'close')
  server.close()
  await once(server, 'close')
  return port
}

function listening(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, address)))
    server.listen(address.port, address.host, resolve)
  })
}

function explained(error: NodeJS.ErrnoException, { host, port, setting }: Address): Error {
  const unknown = `There is no address for the host ${host}; set LAPTOP_HOST to another one.`
  const messages: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use by another process; set ${setting} to another one.`,
    EACCES: `Port ${port} may not be used by this user; set ${setting} to another one.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}; set LAPTOP_HOST to one it has.`,
    ENOTFOUND: unknown,
    EAI_AGAIN: unknown,
  }
  const message = messages[error.code ?? '']
  return new Error(message ?? `Port ${port} (${setting}) cannot be used: ${error.message}`, {
    cause: error,
  })
}
