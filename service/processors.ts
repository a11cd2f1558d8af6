import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'

/**
 * How many processors this process may use, at least 1: those it may run on, or fewer where the
 * container has a quota. libuv does not see the quota of version 1 control groups.
 * @param readText reads a file of the control group; throws where there is none
 */
export function usableProcessors(
  readText: (path: string) => string = (path) => readFileSync(path, 'utf8'),
  parallelism = availableParallelism(),
): number {
  const quota = quotaV2(readText) ?? quotaV1(readText) ?? parallelism
  return Math.max(1, Math.min(parallelism, Math.ceil(quota)))
}

/** `max 100000` or `150000 100000`: microseconds of processor time a period, and the period. */
function quotaV2(readText: (path: string) => string): number | undefined {
  const [quota, period] = tryRead(readText, '/sys/fs/cgroup/cpu.max')?.split(' ') ?? []
  return share(quota, period)
}

function quotaV1(readText: (path: string) => string): number | undefined {
  return share(
    tryRead(readText, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    tryRead(readText, '/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  )
}

function share(quota: string | undefined, period: string | undefined): number | undefined {
  const value = Number(quota) / Number(period)
  return Number.isFinite(value) && value > 0 ? value : undefined
}

function tryRead(readText: (path: string) => string, path: string): string | undefined {
  try {
    return readText(path).trim()
  } catch {
    return undefined
  }
}

/** How many bytes of memory this process may use: the machine's, or fewer where the container has a limit. */
export function usableMemory(limit = process.constrainedMemory(), total = totalmem()): number {
  return limit > 0 ? Math.min(limit, total) : total
}
