/** TEM, RST0 to RST7 and SOI; 0 is a byte of data. */
const standsAlone = (marker: number) => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)

/** A marker, and where what follows its length begins and ends. */
export interface Segment {
  marker: number
  start: number
  end: number
}

/**
 * The segments of a file, found as decoders do: they pass over what is no marker. The last one may
 * end behind the file.
 * @param bytes of a file that begins as a JPEG does
 */
export function* jpegSegments(bytes: Buffer): Generator<Segment> {
  let at = 2
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] as number
    if (bytes[at] !== 0xff || marker === 0xff) at++
    else if (standsAlone(marker)) at += 2
    else {
      const end = at + 2 + bytes.readUInt16BE(at + 2)
      yield { marker, start: at + 4, end }
      at = end
    }
  }
}
