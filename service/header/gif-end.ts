/** Blocks by their first byte (GIF89a, appendix A). */
const extension = 0x21
const image = 0x2c

/** Bytes of the header and the logical screen descriptor, which has its flags at 10. */
const screenBytes = 13
const screenFlagsAt = 10
/** Bytes of an image descriptor with its introducer, and where in it its flags are. */
const imageBytes = 10
const imageFlagsAt = 9

/**
 * Whether a GIF ends inside a block. Its decoder refuses one that does so in its first frame; with
 * a later one it shows what is there of it, and no frame that would follow. That the trailer is
 * missing costs no pixel.
 * @param bytes of a file that begins as a GIF does
 */
export function breaksOff(bytes: Buffer): boolean {
  let at = screenBytes + tableBytes(bytes[screenFlagsAt])
  while (at < bytes.length) {
    if (bytes[at] === extension) at = behindData(bytes, at + 2)
    else if (bytes[at] === image) {
      const dataAt = at + imageBytes + tableBytes(bytes[at + imageFlagsAt])
      // In front of the data, the size of its codes.
      at = behindData(bytes, dataAt + 1)
    } else {
      // Behind the trailer, and behind what is no block, comes what decoders do not read.
      return false
    }
  }
  return at > bytes.length
}

/** Bytes of the colour table that the flags of a descriptor tell (GIF89a, 18 and 20). */
function tableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

/** Where what follows the data's blocks begins; behind the end where these have none. */
function behindData(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length) {
    const length = bytes[at] as number
    at += 1 + length
    if (length === 0) return at
  }
  return bytes.length + 1
}
