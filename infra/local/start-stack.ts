/** What was started, to be stopped in the reverse order. */
export interface StartStack {
  /** Waits for one more thing to start, and remembers how to stop it. */
  start<T>(starting: Promise<T>, stop: (one: T) => void | Promise<void>): Promise<T>
  /** Stops everything; a second call waits for the first. */
  stop(): Promise<void>
}

/** An empty stack. */
export function createStartStack(): StartStack {
  const stops: (() => void | Promise<void>)[] = []
  let stopping: Promise<void> | undefined

  async function stopAll(): Promise<void> {
    for (let stopLast = stops.pop(); stopLast; stopLast = stops.pop()) await stopLast()
  }

  return {
    stop() {
      stopping ??= stopAll()
      return stopping
    },
    async start(starting, stopOne) {
      const one = await starting
      stops.push(() => stopOne(one))
      return one
    },
  }
}
