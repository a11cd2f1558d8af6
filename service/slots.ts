import { createBudget, type Release } from './budget.ts'

/** Milliseconds behind which a resize is a long one: most thumbnails take a fifth of that. */
const shortMs = 250

/** Places for those who decode. */
export interface Slots {
  readonly used: number
  /** Those who stand ready for one. */
  readonly waiting: number
  /** Waits for one. Rejects with the signal's reason when `signal` ends the wait. */
  take(signal?: AbortSignal): Promise<Release>
}

/**
 * `most` slots, of which `abreast` are given at once; each of the others only when one who has a
 * slot takes long. Where `abreast` is 1, short resizes are made one behind the other, and
 * only `most` long ones together keep them waiting.
 */
export function createSlots(most: number, abreast: number): Slots {
  const slots = createBudget(most)
  const starts = createBudget(abreast)

  return {
    get used() {
      return slots.used
    },
    get waiting() {
      return starts.waiting + slots.waiting
    },
    take: async (signal) => {
      const releaseStart = await starts.take(1, signal)
      try {
        const releaseSlot = await slots.take(1, signal)
        const timer = setTimeout(releaseStart, shortMs)
        return () => {
          clearTimeout(timer)
          releaseSlot()
          releaseStart()
        }
      } catch (error) {
        releaseStart()
        throw error
      }
    },
  }
}
