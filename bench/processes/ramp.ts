/**
 * Milliseconds from the first request until images are counted. Whoever begins with nothing in the
 * making first answers nothing for a while, the longer the more are made at once: that is not what
 * they can do for hours.
 */
export const rampMs = 1_000
