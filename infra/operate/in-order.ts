/**
 * Works on up to `concurrency` items at once and yields the results in the order of the items,
 * reading no further ahead than that.
 * @throws the first failure in that order
 */
export async function* ordered<T, R>(
  items: AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = []
  for await (const item of items) {
    const result = work(item)
    // A failure is thrown when its turn comes; until then it must not count as unhandled.
    result.catch(() => {})
    pending.push(result)
    if (pending.length >= concurrency) yield await (pending.shift() as Promise<R>)
  }
  for (const result of pending) yield await result
}
