import { setImmediate as nextTurn } from 'node:timers/promises'
import { createBatches, patienceMs } from './batches.ts'

/** Bytes of variants that wait for others at most: who would hold more goes at once, with all. */
const mostHeld = 8 * 1024 * 1024

/** When variants are written back. */
export interface WriteTurns {
  /**
   * Waits for the turn of one that was just made.
   * @param hurry a viewer waits for the writing: it waits for no others
   */
  next(hurry: boolean): Promise<void>
}

/**
 * Variants made one soon after another are written back together: what signs and sends the first
 * finds the processor's caches full of pixels, the next ones find it there. One made alone is
 * written at once.
 * @param heldBytes bytes of the variants that are not written yet
 */
export function createWriteTurns(heldBytes: () => number): WriteTurns {
  let lastMade = Number.NEGATIVE_INFINITY
  let more = false
  const together = createBatches(() => more)
  return {
    next: async (hurry) => {
      const now = performance.now()
      const busy = now - lastMade < patienceMs
      lastMade = now
      // The answer goes first: what signs and sends the variant would keep the viewer waiting.
      await nextTurn()
      more = busy && !hurry && heldBytes() <= mostHeld
      await together()
    },
  }
}
