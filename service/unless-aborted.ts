/**
 * What `promise` settles to, or a rejection with the reason of `signal` where that comes first. The
 * promise's own work goes on.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
    void promise.then(resolve, reject).then(() => signal.removeEventListener('abort', onAbort))
  })
}
