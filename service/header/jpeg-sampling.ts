import { jpegSegments } from './jpeg-segments.ts'

/** Markers of the frames that decoders know (ITU-T T.81, table B.1). */
const frameMarkers: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca])

/**
 * How much a frame stores of the samples that all of its components have, by their sampling factors
 * (ITU-T T.81, A.1.1). Undefined for factors that there cannot be.
 * @param content of a frame header, from behind its length on
 */
export function frameSampling(content: Buffer): number | undefined {
  const components = content[5] ?? 0
  if (components === 0 || content.length < 6 + 3 * components) return undefined
  let [across, down, stored] = [0, 0, 0]
  for (let at = 7; at < 6 + 3 * components; at += 3) {
    const factors = content[at] as number
    const [horizontal, vertical] = [factors >> 4, factors & 15]
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) return undefined
    across = Math.max(across, horizontal)
    down = Math.max(down, vertical)
    stored += horizontal * vertical
  }
  return stored / (across * down * components)
}

/**
 * The same of the first frame of a file. sharp tells 4:2:2 and 4:2:0 by one word. 1, which is the
 * most, where there is no frame.
 * @param bytes of a file that begins as a JPEG does
 */
export function jpegSampling(bytes: Buffer): number {
  for (const { marker, start, end } of jpegSegments(bytes)) {
    if (frameMarkers.has(marker)) return frameSampling(bytes.subarray(start, end)) ?? 1
  }
  return 1
}
