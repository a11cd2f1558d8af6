/** The stages of a request whose time is told, in milliseconds. */
export interface Stages {
  queue?: number
  read?: number
  header?: number
  resize?: number
  /** Waiting for others, to go on together. */
  batch?: number
}

/** Runs `work` and adds its time to `stages`, whether it succeeds or not. */
export async function timed<T>(
  stages: Stages,
  stage: keyof Stages,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    stages[stage] = (stages[stage] ?? 0) + performance.now() - start
  }
}

/** The stages in tenths of milliseconds, for a log that is read. */
export function rounded(stages: Stages): Stages {
  const entries = Object.entries(stages).map(([name, ms]) => [name, Math.round(ms * 10) / 10])
  return Object.fromEntries(entries)
}

/** The value of a `Server-Timing` header (W3C Server Timing, 3). */
export function serverTiming(stages: Stages, totalMs: number): string {
  const entries = [...Object.entries(stages), ['total', totalMs] as const]
  return entries.map(([name, ms]) => `${name};dur=${ms.toFixed(1)}`).join(', ')
}
