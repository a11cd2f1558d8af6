import { readFile } from 'node:fs/promises'
import type { Dimensions } from '../../service/dimensions.ts'
import { type Summary, summarize } from '../report/statistics.ts'
import { rampMs } from './ramp.ts'
import { rawResize } from './raw-resize.ts'
import { serveTasks } from './serve-tasks.ts'

/** Resize one picture again and again, `inFlight` at once. */
export interface RawTask extends Dimensions {
  file: string
  inFlight: number
  /** Whether the original is copied in front of each resize, as it comes to a service each time. */
  copying?: boolean
  /** Behind a ramp. */
  seconds: number
}

/** What came of it. */
export interface RawResult {
  /** All of them, with those of the ramp and those behind the time. */
  images: number
  /**
   * Those at the edges of the time count by the part of their making that lies within it: all are
   * made in step, and whole ones would be counted by six more or less.
   */
  perSecond: number
  milliseconds: Summary
}

/**
 * Milliseconds for which images are begun behind the time: those under way at its end would have
 * the processors more and more for themselves, and seem to have been made faster.
 */
const tailMs = 300

async function run(task: RawTask): Promise<RawResult> {
  const original = await readFile(task.file)
  const durations: number[] = []
  const start = performance.now() + rampMs
  const end = start + task.seconds * 1000
  let inTime = 0
  const share = (from: number, to: number) =>
    Math.max(0, Math.min(to, end) - Math.max(from, start)) / (to - from)
  const loop = async () => {
    const copy = Buffer.alloc(task.copying ? original.length : 0)
    for (let begun = performance.now(); begun < end + tailMs; begun = performance.now()) {
      if (task.copying) original.copy(copy)
      await rawResize(task.copying ? copy : original, task)
      const now = performance.now()
      durations.push(now - begun)
      inTime += share(begun, now)
    }
  }
  await Promise.all(Array.from({ length: task.inFlight }, loop))
  return {
    images: durations.length,
    perSecond: inTime / task.seconds,
    milliseconds: summarize(durations),
  }
}

serveTasks(run)
