/** Keys that somebody should look at. */
export interface Suspects {
  /** To be looked at as soon as there is a hand free. */
  add(key: string): void
  /** To be looked at again when it has had time to settle; `file` is how it looked now. */
  addLater(key: string, file: string): void
  /** Fulfilled when no check is under way. */
  idle(): Promise<void>
  close(): void
}

/** Checks under way side by side. */
const concurrency = 16

/**
 * A queue in front of `check`, which gets the key and how its file looked the last time. A key that
 * is added again while it waits is looked at once.
 */
export function createSuspects(
  check: (key: string, seen: string | undefined) => Promise<void>,
  settleMs: number,
): Suspects {
  const due = new Map<string, string | undefined>()
  // All wait equally long, so that the first one in is the first one due.
  const settling = new Map<string, { file: string; at: number }>()
  const running = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const pump = () => {
    for (const [key, seen] of due) {
      if (running.size >= concurrency || closed) return
      due.delete(key)
      const task = check(key, seen).finally(() => {
        running.delete(task)
        pump()
      })
      running.add(task)
    }
  }
  const wake = () => {
    timer = undefined
    for (const [key, { file, at }] of settling) {
      if (at > Date.now()) {
        timer = setTimeout(wake, at - Date.now()).unref()
        break
      }
      settling.delete(key)
      if (!due.has(key)) due.set(key, file)
    }
    pump()
  }

  return {
    add(key) {
      if (closed || settling.has(key)) return
      due.set(key, undefined)
      pump()
    },
    addLater(key, file) {
      if (closed) return
      settling.set(key, { file, at: Date.now() + settleMs })
      timer ??= setTimeout(wake, settleMs).unref()
    },
    async idle() {
      await Promise.all(running)
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
