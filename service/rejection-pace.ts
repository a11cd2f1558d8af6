import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Holds rejections back for an instant once there are many: a client that asks again at once after
 * every 503 would otherwise take, by being refused, the processor time that images need.
 * @param freeASecond rejections that are answered at once, each second
 * @param delayMs for the others
 */
export function createRejectionPace(freeASecond = 200, delayMs = 15): () => Promise<void> {
  let tokens = freeASecond
  let refilled = performance.now()
  return async () => {
    const now = performance.now()
    tokens = Math.min(freeASecond, tokens + ((now - refilled) / 1000) * freeASecond)
    refilled = now
    if (tokens >= 1) {
      tokens--
      return
    }
    await sleep(delayMs)
  }
}
