import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until there is something; the test's own time limit ends a vain wait. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look()
    if (found) return found
    await sleep(2)
  }
}
