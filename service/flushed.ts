import { setTimeout as sleep } from 'node:timers/promises'
import type pino from 'pino'

/** Where a log is written to. */
type Destination = Pick<ReturnType<typeof pino.destination>, 'flush'>

/** Milliseconds for a reader that is slow; one that has stopped must not hold the process. */
const patienceMs = 2_000

/**
 * Waits until everything that was logged is written, or cannot be. A flush ends with the write that
 * is under way, which has nothing of what was logged since it began: the second flush writes that.
 */
export async function flushed(destination: Destination): Promise<void> {
  const flush = () => new Promise((resolve) => destination.flush(resolve))
  await Promise.race([flush().then(flush), sleep(patienceMs)])
}
