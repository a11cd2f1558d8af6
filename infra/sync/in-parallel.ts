/**
 * Calls `act` for every item, at most `limit` at once. After a failure no new call begins, and
 * the first one rejects the whole when all that were begun have ended: nothing is left running.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items].values()
  const failures: unknown[] = []
  const worker = async () => {
    for (const item of queue) {
      await act(item).catch((error) => failures.push(error))
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}
