import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

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

/** A server could not take its port; the message says which setting changes it. */
export class PortUnavailable extends Error {}

/**
 * Serves `handler` on `host`:`port`; port 0 takes a free one.
 * @param setting the environment variable that sets the port
 * @throws PortUnavailable
 */
export function listen(
  handler: RequestListener,
  { host, port, setting }: { host: string; port: number; setting: string },
): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 60_000 }, handler)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, port, setting)))
    server.listen(port, host, () => {
      resolve({ port: (server.address() as AddressInfo).port, stop })
    })
  })

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
 * The port to give to another process: `port` itself, or a free one for 0.
 * @throws PortUnavailable
 */
export async function freePort(address: {
  host: string
  port: number
  setting: string
}): Promise<number> {
  const listener = await listen(() => undefined, address)
  await listener.stop()
  return listener.port
}

function explained(error: NodeJS.ErrnoException, port: number, setting: string): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'is in use by another process',
    EACCES: 'may not be used by this user',
    EADDRNOTAVAIL: 'is on an address that this machine does not have',
  }
  const reason = reasons[error.code ?? ''] ?? `cannot be used (${error.message})`
  return new PortUnavailable(`Port ${port} ${reason}; set ${setting} to another one.`, {
    cause: error,
  })
}
