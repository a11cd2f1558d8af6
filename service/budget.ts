/** Gives back what was taken; a second call does nothing. */
export type Release = () => void

/** An amount of something that several may use at once, such as places or bytes. */
export interface Budget {
  readonly used: number
  /** Whether nothing is left. */
  readonly full: boolean
  /** Those who wait. */
  readonly waiting: number
  /**
   * Waits until `cost`, rounded up to a whole number and at least 1, is free and takes it. What
   * costs more than there is at all is taken as all there is. Rejects with the signal's reason when
   * `signal` ends the wait.
   */
  take(cost: number, signal?: AbortSignal): Promise<Release>
}

interface Waiter {
  cost: number
  overtaken: number
  grant: (release: Release) => void
}

/**
 * How often one who does not fit is overtaken by those who do, so that the small need not wait
 * for the large, nor the large for ever.
 */
const patience = 64

/** A budget of `amount`, granted in order of arrival as far as it fits. */
export function createBudget(amount: number): Budget {
  // Whole numbers add up and take away to exactly nothing; fractions would leave a rest in use.
  const capacity = Math.floor(amount)
  let used = 0
  const waiters: Waiter[] = []

  const take = (cost: number): Release => {
    used += cost
    let held = true
    return () => {
      if (!held) return
      held = false
      used -= cost
      grantWaiting()
    }
  }

  const grantWaiting = () => {
    for (let i = 0; i < waiters.length && used < capacity; ) {
      const waiter = waiters[i] as Waiter
      if (used + waiter.cost <= capacity) {
        waiters.splice(i, 1)
        const passed = waiters.slice(0, i)
        for (const one of passed) one.overtaken++
        waiter.grant(take(waiter.cost))
        if (passed.some(({ overtaken }) => overtaken >= patience)) return
      } else {
        if (waiter.overtaken >= patience) return
        i++
      }
    }
  }

  return {
    get used() {
      return used
    },
    get full() {
      return used >= capacity
    },
    get waiting() {
      return waiters.length
    },
    take: async (wanted, signal) => {
      signal?.throwIfAborted()
      const cost = Math.min(Math.max(1, Math.ceil(wanted)), capacity)
      if (waiters.length === 0 && used + cost <= capacity) return take(cost)
      return new Promise<Release>((resolve, reject) => {
        const onAbort = () => {
          waiters.splice(waiters.indexOf(waiter), 1)
          reject(signal?.reason)
          grantWaiting()
        }
        const waiter: Waiter = {
          cost,
          overtaken: 0,
          grant: (release) => {
            signal?.removeEventListener('abort', onAbort)
            resolve(release)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        waiters.push(waiter)
        grantWaiting()
      })
    },
  }
}
