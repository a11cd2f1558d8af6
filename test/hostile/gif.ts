/** GIF files, by hand: encoders refuse to make what these are for. */

/** What a GIF consists of. */
export interface Gif {
  /** The logical screen, in pixels. */
  width: number
  height: number
  frames: number
  /** Each frame, in pixels; the screen's size unless told. */
  frame?: { width: number; height: number; left?: number; top?: number }
  /** LZW codes of a frame; those of one single pixel unless told. */
  codes?: Buffer
}

/** Clear, one pixel of colour 0 and end, in codes of three bits. */
const onePixel = Buffer.from([0x02, 0x02, 0x44, 0x01, 0x00])

/** A GIF89a with a palette of black and white. */
export function gif({ width, height, frames, frame, codes = onePixel }: Gif): Buffer {
  const { left = 0, top = 0 } = frame ?? {}
  const place = words(left, top, frame?.width ?? width, frame?.height ?? height)
  const one = Buffer.concat([
    // Ten hundredths of a second, so that no frame counts as the same as the last.
    Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c]),
    place,
    Buffer.from([0]),
    codes,
  ])
  return Buffer.concat([
    Buffer.from('GIF89a'),
    words(width, height),
    Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    ...Array.from({ length: frames }, () => one),
    Buffer.from([0x3b]),
  ])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, i * 2)
  return bytes
}
