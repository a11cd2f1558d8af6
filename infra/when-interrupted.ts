/** Milliseconds between the signals of one Ctrl+C at most. */
const patienceMs = 1_000

/**
 * Calls `stop` at the first signal to end. Ctrl+C may arrive more than once at a time, from the
 * terminal and from npm. One that comes later is of somebody who has waited in vain, such as for a
 * folder on a server that does not answer: it ends the process at once.
 */
export function whenInterrupted(stop: () => void): void {
  let signalledAt: number | undefined
  const onSignal = () => {
    const now = performance.now()
    if (signalledAt === undefined) {
      signalledAt = now
      stop()
    } else if (now - signalledAt > patienceMs) process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}
