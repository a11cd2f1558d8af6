import { setTimeout as sleep } from 'node:timers/promises'

/** Holds rejections back where there are too many of them. */
export interface RejectionPace {
  /** An image was answered. */
  served(): void
  /** Resolves when a rejection may be answered: at once, or after the delay. */
  turn(): Promise<void>
}

/** How many rejections are answered at once, and how long the others are held back. */
export interface RejectionPolicy {
  /** For each image that is answered. */
  eachServed: number
  /** And each second, whatever is answered. */
  aSecond: number
  delayMs: number
}

/** Rejections that can be saved up, in seconds of `aSecond`. */
const savedSeconds = 5

/**
 * A client that asks again at once after every 503 takes, by being refused, the processor time that
 * images need. So rejections are free in proportion to what is served: somewhat too many viewers
 * are refused at once, and those who hammer wait.
 */
export function createRejectionPace(
  policy: RejectionPolicy = { eachServed: 6, aSecond: 100, delayMs: 200 },
  now: () => number = () => performance.now(),
): RejectionPace {
  const most = policy.aSecond * savedSeconds
  let free = most
  let counted = now()

  const give = (rejections: number) => {
    free = Math.min(most, free + rejections)
  }

  return {
    served: () => give(policy.eachServed),
    turn: async () => {
      const at = now()
      give(((at - counted) / 1000) * policy.aSecond)
      counted = at
      if (free < 1) return sleep(policy.delayMs)
      free--
    },
  }
}
