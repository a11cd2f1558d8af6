import { readdirSync, writeFileSync } from 'node:fs'
import { tryRead } from '../try-read.ts'

/** The kernel's unit of processor time in /proc: USER_HZ, 100 a second on every Linux. */
const ticksPerSecond = 100

/**
 * Processor seconds that all threads of a process have used, and the children that it waited for;
 * undefined without /proc.
 */
export function cpuSeconds(pid: number): number | undefined {
  return secondsOf(`/proc/${pid}/stat`)
}

/** Processor seconds by the name of the thread; those of one name are added up. */
export type ThreadSeconds = Readonly<Record<string, number>>

/**
 * Processor seconds of the threads that a process has now; the first is called `main`, the others
 * as they have named themselves, which libuv's do from Node 22 on. Undefined without /proc.
 */
export function threadSeconds(pid: number): ThreadSeconds | undefined {
  const threads: Record<string, number> = {}
  for (const thread of threadsOf(pid)) {
    const folder = `/proc/${pid}/task/${thread}`
    const name = thread === String(pid) ? 'main' : (tryRead(`${folder}/comm`)?.trim() ?? 'ended')
    threads[name] = (threads[name] ?? 0) + (secondsOf(`${folder}/stat`) ?? 0)
  }
  return Object.keys(threads).length > 0 ? threads : undefined
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function secondsOf(file: string): number | undefined {
  const stat = tryRead(file)
  if (stat === undefined) return undefined
  // The second field is the name in parentheses, which may hold anything: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).map(Number)
  return ticks.reduce((sum, count) => sum + count, 0) / ticksPerSecond
}

/**
 * Begins to watch how much of the time of the processors `cpus`, as taskset lists them, a hypervisor
 * gives to its other guests; calling the result tells the share from 0 to 1. Undefined without
 * /proc/stat, whose eighth figure it is (proc(5), steal), and where that knows none of them, as in
 * containers that count processors in their own way.
 */
export function watchStolen(cpus: string | undefined): () => number | undefined {
  const before = stolenTicks(cpus)
  const start = performance.now()
  return () => {
    const after = stolenTicks(cpus)
    if (!before || !after) return undefined
    const ticks = ((performance.now() - start) / 1000) * ticksPerSecond * after.processors
    return (after.stolen - before.stolen) / ticks
  }
}

function stolenTicks(cpus: string | undefined) {
  const names = cpus?.split(',').map((cpu) => `cpu${cpu}`)
  const lines = tryRead('/proc/stat')?.match(/^cpu\d+ .*$/gm)
  const stolen = lines
    ?.map((line) => line.split(' '))
    .filter(([name]) => !names || names.includes(name as string))
    .map((fields) => Number(fields[8]))
  if (!stolen?.length) return undefined
  return { processors: stolen.length, stolen: stolen.reduce((sum, one) => sum + one, 0) }
}

/**
 * Bytes of the resident set: now, and at its peak since the start or since `resetPeak`. Undefined
 * without /proc, and for a process that is ending, which has no memory any more.
 */
export function residentBytes(pid: number): { now: number; peak: number } | undefined {
  const status = tryRead(`/proc/${pid}/status`) ?? ''
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024
  const resident = { now: bytes('VmRSS'), peak: bytes('VmHWM') }
  return Number.isNaN(resident.now + resident.peak) ? undefined : resident
}

/** Forgets the peak of the resident set (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Without /proc there is no peak to forget.
  }
}
