import { readFileSync, writeFileSync } from 'node:fs'

/** The kernel's unit of processor time in /proc: USER_HZ, 100 a second on every Linux. */
const ticksPerSecond = 100

/**
 * Processor seconds that all threads of a process have used, and the children that it waited for;
 * undefined without /proc.
 */
export function cpuSeconds(pid: number): number | undefined {
  return secondsOf(`/proc/${pid}/stat`)
}

/** Processor seconds of the main thread alone. */
export function mainThreadSeconds(pid: number): number | undefined {
  return secondsOf(`/proc/${pid}/task/${pid}/stat`)
}

function secondsOf(file: string): number | undefined {
  const stat = tryRead(file)
  if (stat === undefined) return undefined
  // The second field is the name in parentheses, which may hold anything: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).map(Number)
  return ticks.reduce((sum, count) => sum + count, 0) / ticksPerSecond
}

/** Bytes of the resident set: now, and at its peak since the start or since `resetPeak`. */
export function residentBytes(pid: number): { now: number; peak: number } | undefined {
  const status = tryRead(`/proc/${pid}/status`)
  if (status === undefined) return undefined
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1])
  return { now: kibibytes('VmRSS') * 1024, peak: kibibytes('VmHWM') * 1024 }
}

/** Forgets the peak of the resident set (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Without /proc there is no peak to forget.
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
