import { type Budget, createBudget } from '../budget.ts'
import { openConnection } from './connection.ts'
import type { Connection, Endpoint, Timeouts, WireRequest, WireResponse } from './wire.ts'

/** Connections to one endpoint that are used again. */
export interface Pool {
  /**
   * Sends a request over a free connection, waiting for one where there are too many.
   * @throws as `Connection.exchange`, or the reason of `signal`, which also ends the response
   */
  exchange(request: WireRequest, signal?: AbortSignal): Promise<WireResponse>
  /** Closes all connections, for good. */
  destroy(): void
}

/** Milliseconds after which an idle connection is not used again: servers close theirs from 5 s on. */
const idleLimitMs = 4_000

/**
 * A pool of `maxConnections` at most.
 * @param now milliseconds on a clock that does not jump
 */
export function createPool(
  endpoint: Endpoint,
  timeouts: Timeouts,
  maxConnections: number,
  now: () => number = () => performance.now(),
): Pool {
  const places: Budget = createBudget(maxConnections)
  const all = new Set<Connection>()
  const idle: { connection: Connection; since: number }[] = []
  let closed = false

  const open = (): Connection => {
    const connection = openConnection(endpoint, timeouts)
    all.add(connection)
    return connection
  }

  const close = (connection: Connection) => {
    connection.destroy()
    all.delete(connection)
  }

  /** The connection that was used last: the others get old and go. */
  const free = (): Connection => {
    const oldest = now() - idleLimitMs
    while (idle[0] && (idle[0].since < oldest || !idle[0].connection.usable)) {
      close(idle[0].connection)
      idle.shift()
    }
    for (let last = idle.pop(); last; last = idle.pop()) {
      if (last.connection.usable) return last.connection
      close(last.connection)
    }
    return open()
  }

  return {
    exchange: async (request, signal) => {
      const release = await places.take(1, signal)
      let connection: Connection
      try {
        // Either may have come to pass between the place being given and taken.
        signal?.throwIfAborted()
        if (closed) throw new Error('the connections are closed')
        connection = free()
      } catch (error) {
        release()
        throw error
      }
      const onAbort = () => connection.destroy(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      return connection.exchange(request, (usable) => {
        signal?.removeEventListener('abort', onAbort)
        if (usable) idle.push({ connection, since: now() })
        else close(connection)
        release()
      })
    },
    destroy: () => {
      closed = true
      for (const connection of all) close(connection)
      idle.length = 0
    },
  }
}
