import { cpuSeconds, type ThreadSeconds, threadSeconds } from './usage.ts'

/** What a process has used for an image. */
interface UsedPerImage {
  /** Processor seconds of all threads and children. */
  cpuSeconds: number | undefined
  threads: ThreadSeconds | undefined
}

/**
 * Begins to watch a process; calling the result with the number of images that were made meanwhile
 * tells what each has cost. Undefined where there is no process, or no /proc.
 */
export function watchProcess(pid: number | undefined): (images: number) => UsedPerImage {
  const before = read(pid)
  return (images) => {
    const after = read(pid)
    if (before.all === undefined || after.all === undefined) {
      return { cpuSeconds: undefined, threads: undefined }
    }
    const cpuSeconds = (after.all - before.all) / images
    const threads = Object.fromEntries(
      Object.entries(after.threads ?? {}).map(([name, seconds]) => [
        name,
        (seconds - (before.threads?.[name] ?? 0)) / images,
      ]),
    )
    return { cpuSeconds, threads }
  }
}

function read(pid: number | undefined) {
  if (pid === undefined) return { all: undefined, threads: undefined }
  return { all: cpuSeconds(pid), threads: threadSeconds(pid) }
}
