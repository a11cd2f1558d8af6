import { jpegSegments, startOfScan } from './header/jpeg-segments.ts'

/** Frames without progression: baseline, extended, and with arithmetic coding (ITU-T T.81, B.1). */
const sequentialFrames: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc9])

/** The whole range of coefficients, all bits of them at once (ITU-T T.81, table B.3). */
const sequential = [0, 63, 0]

/**
 * `jpeg` with the right parameters of its first scan, where they are wrong and no decoder needs
 * them: Samsung's cameras write such (sharp issue 1578), of which libvips warns. That it is told to
 * let warnings be would pass what is damaged, too; and what it warns of cannot be asked for, since
 * its messages are those of all pictures that fail in the process at once.
 */
export function withScanParameters(jpeg: Buffer): Buffer {
  const at = wrongParametersAt(jpeg)
  if (at === undefined) return jpeg
  const mended = Buffer.from(jpeg)
  mended.set(sequential, at)
  return mended
}

/** Where the first scan's parameters are that `withScanParameters` puts right in a copy; if any. */
export function wrongParametersAt(jpeg: Buffer): number | undefined {
  let isSequential = false
  for (const { marker, start, end } of jpegSegments(jpeg)) {
    if (sequentialFrames.has(marker)) isSequential = true
    if (marker !== startOfScan) continue
    const at = end - sequential.length
    const isWhole = at > start && end <= jpeg.length
    const isRight = sequential.every((value, i) => jpeg[at + i] === value)
    return isSequential && isWhole && !isRight ? at : undefined
  }
  return undefined
}
