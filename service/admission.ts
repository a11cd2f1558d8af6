import { createBatches } from './batches.ts'
import { type Budget, createBudget, type Release } from './budget.ts'
import { type Buffers, createBuffers } from './buffers.ts'
import type { Config } from './config.ts'
import { RightsizeError } from './errors.ts'
import { createSlots } from './slots.ts'

/** What bounds the work that costs memory and processors. */
export interface Admission {
  /**
   * Waits for a seat, which one holds from reading the original to having the result.
   * @throws RightsizeError `overloaded` at once when too many wait already
   */
  seat(signal: AbortSignal): Promise<Release>
  /**
   * Waits for a place among those who look at an original without reading it: many who ask whether
   * an image has changed must not take all connections to the store from those who have a seat.
   * @throws RightsizeError `overloaded` at once when too many wait already
   */
  look(signal: AbortSignal): Promise<Release>
  /** Bytes of originals held. */
  readonly originals: Budget
  /** Where originals are held. */
  readonly buffers: Buffers
  /**
   * Bytes that decoding takes, and with them a slot among those who decode.
   * @throws RightsizeError `too_much_memory` at once when they are more than can be had at all
   */
  decode(bytes: number, signal: AbortSignal): Promise<Release>
  /**
   * Waits a moment for others to be done as well, while yet others stand ready for the slots. For
   * those who have given back what decoding took, and still have their seat.
   */
  batch(): Promise<void>
  /** How full it is. */
  readonly load: {
    readonly waiting: number
    readonly decoding: number
    readonly reservedBytes: number
  }
}

const mebibyte = 1024 * 1024

/**
 * One image alone may take so many times the budget: by default that is 60 % of the memory, which
 * leaves Node what it needs. A larger one would have the container ended with all that is under way.
 */
const mostAlone = 1.5

/** A look at an original takes a round trip, and no processor. */
const looksPerResize = 16

/**
 * Seats are more than slots, so that the next originals arrive while the present ones are decoded.
 * Originals and decoders draw on budgets of their own: one who holds an original waits only for
 * those who decode, and they wait for nobody.
 */
export function createAdmission(
  config: Pick<Config, 'concurrency' | 'processors' | 'queueLimit' | 'memoryBudget'>,
): Admission {
  const seats = createBudget(config.concurrency * 2 + 2)
  const looks = createBudget(config.concurrency * 2 + 2)
  const slots = createSlots(config.concurrency, abreast(config))
  const originals = createBudget(config.memoryBudget / 4)
  const decoders = createBudget((config.memoryBudget * 3) / 4)
  const batches = createBatches()
  const enter = async (places: Budget, mayWait: number, signal: AbortSignal) => {
    if (places.waiting >= mayWait && places.full) throw new RightsizeError('overloaded')
    return places.take(1, signal)
  }
  return {
    originals,
    buffers: createBuffers(config.memoryBudget / 16),
    batch: () => batches(slots.waiting > 0),
    seat: (signal) => enter(seats, config.queueLimit, signal),
    look: (signal) => enter(looks, config.queueLimit * looksPerResize, signal),
    decode: async (bytes, signal) => {
      checkMemory(bytes, config.memoryBudget * mostAlone)
      const releaseMemory = await decoders.take(bytes, signal)
      try {
        const releaseSlot = await slots.take(signal)
        return () => {
          releaseSlot()
          releaseMemory()
        }
      } catch (error) {
        releaseMemory()
        throw error
      }
    },
    load: {
      get waiting() {
        return seats.waiting + looks.waiting
      },
      get decoding() {
        return slots.used
      },
      get reservedBytes() {
        return originals.used + decoders.used
      },
    },
  }
}

/**
 * One processor makes short resizes fastest one behind the other: what two decode at once does not
 * fit into its cache together, and the first of them is answered when the second is nearly done,
 * too. Several idle between one resize and the next unless more than one for each are under way
 * (`npm run bench -- saturation`, `threads`).
 */
function abreast({ concurrency, processors }: Pick<Config, 'concurrency' | 'processors'>): number {
  return processors === 1 ? 1 : concurrency
}

function checkMemory(bytes: number, most: number): void {
  if (bytes <= most) return
  const needed = Math.ceil(bytes / mebibyte)
  const message = `Resizing the original would take ${needed} MiB; at most ${Math.floor(most / mebibyte)} MiB are allowed.`
  throw new RightsizeError('too_much_memory', { message })
}
