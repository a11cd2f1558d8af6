/**
 * Gives back memory that nobody uses any more, without anybody counting who does (epoch-based
 * reclamation: K. Fraser, Practical lock-freedom, 2004, 5.2.3).
 */
export interface Reclaim {
  /** Begins a use of whatever can be reached from now on; what is returned ends it. */
  begin(): () => void
  /**
   * Has the bytes of `result` given back when all uses have ended that have begun until now. None
   * that begins later may reach them.
   */
  release(result: Buffer): void
}

/**
 * A `Reclaim` without uses. While one goes on, all that is released behind its beginning waits, up
 * to `maxBytes`; of more, the oldest is left to the garbage collector.
 * @param free gives the memory of a buffer back
 */
export function createReclaim(
  maxBytes: number,
  free: (buffer: Buffer) => void = giveBack,
): Reclaim {
  /** Numbers of the uses under way; sets keep the order in which they began. */
  const under = new Set<number>()
  const waiting: { buffer: Buffer; bytes: number; last: number }[] = []
  let begun = 0
  let waitingBytes = 0

  const takeFirst = () => {
    const first = waiting.shift()
    waitingBytes -= first?.bytes ?? 0
    return first?.buffer
  }

  const freeUnused = () => {
    const [oldest = Number.POSITIVE_INFINITY] = under
    while (waiting[0] && waiting[0].last < oldest) free(takeFirst() as Buffer)
  }

  return {
    begin: () => {
      const use = ++begun
      under.add(use)
      return () => {
        under.delete(use)
        freeUnused()
      }
    },
    release: (buffer) => {
      waiting.push({ buffer, bytes: buffer.length, last: begun })
      waitingBytes += buffer.length
      freeUnused()
      while (waitingBytes > maxBytes) takeFirst()
    },
  }
}

/**
 * Empties a buffer that has its memory for itself, and frees this at once. V8 would look through
 * its whole heap first, and does so the more often the more bytes such buffers have. Node 20 cannot.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  if (isWhole) buffer.transfer?.(0)
}
