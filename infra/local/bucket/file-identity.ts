import type { Stats } from 'node:fs'

/**
 * Tells one version of a file from the next without reading it: the inode changes with every
 * replacement by rename, time and size with every change in place.
 */
export function fileIdentity(stats: Pick<Stats, 'ino' | 'mtimeMs' | 'size'>): string {
  return `${stats.ino}-${stats.mtimeMs}-${stats.size}`
}

/**
 * The time stamps of file systems advance in steps of some milliseconds: two changes within one
 * step look alike. What was changed longer ago than this cannot have been changed again unnoticed.
 */
const stepMs = 100

/** Whether the identity of a file can be relied upon, because its last change is old enough. */
export function isSettled(stats: Pick<Stats, 'mtimeMs'>): boolean {
  return Math.abs(Date.now() - stats.mtimeMs) > stepMs
}

/** Whether an error of the file system says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** The `code` of a system error. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
