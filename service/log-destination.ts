import pino from 'pino'

/** Bytes of lines that wait for a reader who is slow, or for room on a disk; more are dropped. */
const maxWaitingBytes = 16 * 1024 * 1024

/**
 * Standard output as the log of a service that is worth more than its log: one that cannot be
 * written, as on a full disk, neither ends the process nor fills its memory, and is tried again.
 */
export function logDestination() {
  const destination = pino.destination({
    sync: false,
    // Lines leave in batches: one write a line costs more than the line.
    minLength: 4096,
    periodicFlush: 250,
    maxLength: maxWaitingBytes,
  })
  // Unheard, it would be thrown; and pino would try for ever to write the rest before the end.
  destination.on('error', () => {})
  return destination
}
