import { jpegSegments } from './header/jpeg-segments.ts'

const startOfScan = 0xda

/** All coefficients at once, as without progression they come (ITU-T T.81, B.2.3, table B.3). */
const sequential = [0, 63, 0]

const complaint = 'VipsJpeg: Invalid SOS parameters for sequential JPEG'

/**
 * Whether a decoder complains first of parameters of a scan that it does not need; Samsung's cameras
 * write wrong ones (sharp issue 1578).
 */
export function complainsOfScan(error: unknown): boolean {
  return (error as Error).message.trimStart().startsWith(complaint)
}

/**
 * `jpeg`, one without progression, with the right parameters of its first scan. That decoders are
 * told to let warnings be instead would pass what is damaged, too.
 */
export function withScanParameters(jpeg: Buffer): Buffer {
  for (const { marker, end } of jpegSegments(jpeg)) {
    if (marker !== startOfScan) continue
    const mended = Buffer.from(jpeg)
    mended.set(sequential, end - sequential.length)
    return mended
  }
  return jpeg
}
