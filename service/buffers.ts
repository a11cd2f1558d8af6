/** Memory for the bytes of originals that is used again. */
export interface Buffers {
  /** A buffer of exactly `bytes` bytes with anything in it. */
  take(bytes: number): Buffer
  /** Gives back what `take` returned; nobody may look at it, or write to it, any more. */
  give(buffer: Buffer): void
}

/** Sizes are rounded up to this, so that originals of about one size share buffers. */
const step = 1024 * 1024

/** Smaller ones are left to the garbage collector, which is good at them. */
const leastBytes = 64 * 1024

/**
 * New buffers of megabytes weigh on the garbage collector, which looks through the whole heap again
 * every few images to get rid of them; these are not garbage.
 * @param maxIdleBytes kept at most while nobody uses them
 */
export function createBuffers(maxIdleBytes: number): Buffers {
  const idle: Buffer[] = []
  // Weak: what a read that failed took never comes back.
  const lent = new WeakMap<Buffer, Buffer>()
  let idleBytes = 0

  const takeIdle = (bytes: number): Buffer | undefined => {
    const at = idle.findLastIndex(({ length }) => length === bytes)
    if (at < 0) return undefined
    idleBytes -= bytes
    return idle.splice(at, 1)[0]
  }

  return {
    take: (bytes) => {
      if (bytes < leastBytes) return Buffer.allocUnsafeSlow(bytes)
      const size = Math.ceil(bytes / step) * step
      const whole = takeIdle(size) ?? Buffer.allocUnsafeSlow(size)
      const part = whole.subarray(0, bytes)
      lent.set(part, whole)
      return part
    },
    give: (buffer) => {
      const whole = lent.get(buffer)
      if (!whole || !lent.delete(buffer)) return
      idle.push(whole)
      idleBytes += whole.length
      while (idleBytes > maxIdleBytes) idleBytes -= idle.shift()?.length ?? 0
    },
  }
}
