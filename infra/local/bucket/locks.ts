/** Runs tasks of one name one after the other, and tasks of different names side by side. */
export type Lock = <T>(name: string, task: () => Promise<T>) => Promise<T>

/** A lock with no tasks. */
export function createLock(): Lock {
  const tails = new Map<string, Promise<unknown>>()
  return async (name, task) => {
    const before = tails.get(name)
    const run = before ? before.then(task) : task()
    const tail = run.then(
      () => undefined,
      () => undefined,
    )
    tails.set(name, tail)
    try {
      return await run
    } finally {
      if (tails.get(name) === tail) tails.delete(name)
    }
  }
}
