import { setImmediate as nextTurn } from 'node:timers/promises'
import { createBatches, patienceMs } from './batches.ts'

/** Bytes of variants that wait for others at most: who would hold more goes at once, with all. */
const mostHeld = 8 * 1024 * 1024

/**
 * Variants made one soon after another are written back together: what signs and sends the first
 * finds the processor's caches full of pixels, the next ones find it there. One made alone is
 * written at once.
 * @param heldBytes bytes of the variants that are not written yet
 * @returns what waits for the turn of one that was just made. Its argument is whether a viewer waits
 *   for the writing: such a one waits for no others, and lets go all who do
 */
export function createWriteTurns(heldBytes: () => number): (hurry: boolean) => Promise<void> {
  let lastMade = Number.NEGATIVE_INFINITY
  const together = createBatches()
  return async (hurry) => {
    const now = performance.now()
    const busy = now - lastMade < patienceMs
    lastMade = now
    // The answer goes first: what signs and sends the variant would keep the viewer waiting.
    await nextTurn()
    await together(busy && !hurry && heldBytes() <= mostHeld)
  }
}
