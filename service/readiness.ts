/** Whether the process can serve, for the load balancer. */
export interface Readiness {
  readonly ready: boolean
  /** From now on it is not: the process is stopping. */
  stop(): void
  readonly stopping: boolean
  /** One of libuv's threads does not come back; the function returned says that it has. */
  loseThread(): () => void
}

/**
 * @param spareThreads threads that may be lost before resizes lack one
 */
export function createReadiness(spareThreads: number): Readiness {
  let stopping = false
  let lost = 0
  return {
    get ready() {
      return !stopping && lost <= spareThreads
    },
    get stopping() {
      return stopping
    },
    stop: () => {
      stopping = true
    },
    loseThread: () => {
      lost++
      return () => {
        lost--
      }
    },
  }
}
