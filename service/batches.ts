/** Those who go on together at most, which leaves some of the seats to those who stand ready. */
const most = 6

/** Milliseconds that nobody waits longer for others. */
export const patienceMs = 250

/**
 * Lets those who are done go on together. What follows a resize is to answer, to store and to read
 * the next original: it costs the main thread three times as much with its caches full of others'
 * pixels as it does the second time in a row. At full load this saves some 0.8 ms of an image's 3.6
 * (`npm run bench -- saturation`).
 * @returns what each calls who is done; it resolves when the batch goes on. Its argument is whether
 *   others will soon be done: who is done when they will not waits for nobody, and lets go all who do
 */
export function createBatches(): (more: boolean) => Promise<void> {
  let waiting: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined

  const goOn = () => {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    for (const resolve of batch) resolve()
  }

  return (more) =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length < most && more) timer ??= setTimeout(goOn, patienceMs)
      else goOn()
    })
}
