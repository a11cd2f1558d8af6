/** TEM, RST0 to RST7 and SOI; 0 is a byte of data. */
const standsAlone = (marker: number) => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)

export const startOfScan = 0xda

/** Steps from marker to marker; ordinary files have a dozen, and some hundreds of large metadata. */
export const mostSegments = 4096

/** A marker, and where what follows its length begins and ends. */
export interface Segment {
  marker: number
  start: number
  end: number
}

/**
 * The first segments of a file, found as decoders do: they pass over what is no marker. The last one
 * may end behind the file.
 * @param bytes of a file that begins as a JPEG does
 */
export function* jpegSegments(bytes: Buffer): Generator<Segment> {
  let at = 2
  for (let count = 0; count < mostSegments; count++) {
    at = bytes.indexOf(0xff, at)
    // A marker may be filled up in front of it.
    while (at >= 0 && bytes[at + 1] === 0xff) at++
    if (at < 0 || at + 4 > bytes.length) return
    const marker = bytes[at + 1] as number
    if (standsAlone(marker)) at += 2
    else {
      const end = at + 2 + bytes.readUInt16BE(at + 2)
      yield { marker, start: at + 4, end }
      at = end
    }
  }
}

/**
 * Whether a scan begins within the first segments. Decoders would go through a file of millions of
 * empty ones, for seconds.
 * @param bytes of a file that begins as a JPEG does
 */
export function hasScan(bytes: Buffer): boolean {
  for (const { marker } of jpegSegments(bytes)) if (marker === startOfScan) return true
  return false
}
