/** Whether the process can serve, for the load balancer. */
export interface Readiness {
  readonly ready: boolean
  /** From now on it is not: others shall be asked. */
  leave(): void
  readonly leaving: boolean
  /** From now on images are refused. */
  stop(): void
  readonly stopping: boolean
  /** One of libuv's threads does not come back; the function returned says that it has. */
  loseThread(): () => void
}

/**
 * @param spareThreads threads that may be lost before resizes lack one
 */
export function createReadiness(spareThreads: number): Readiness {
  let leaving = false
  let stopping = false
  let lost = 0
  return {
    get ready() {
      return !leaving && lost <= spareThreads
    },
    leave: () => {
      leaving = true
    },
    get leaving() {
      return leaving
    },
    get stopping() {
      return stopping
    },
    stop: () => {
      leaving = true
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
