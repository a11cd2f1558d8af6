/** Bytes of one value by its type (TIFF 6.0, section 2, "Types"). */
const typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]

const orientationTag = 0x0112
const short = 3
const entryBytes = 12

/**
 * The orientation that a well-formed EXIF structure tells (Exif 2.32, 4.6.4), 1 to 8; 1 where it
 * tells none. Undefined when anything about its first directory is odd: parsers differ there.
 * @param tiff the structure from its byte order on
 */
export function exifOrientation(tiff: Buffer): number | undefined {
  const order = tiff.toString('latin1', 0, 2)
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return undefined
  const isLittle = order === 'II'
  const u16 = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const u32 = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))

  const directory = u32(4)
  if (u16(2) !== 42 || directory < 8 || directory + 2 > tiff.length) return undefined
  const start = directory + 2
  const end = start + u16(directory) * entryBytes
  // The offset of the next directory stands behind.
  if (end + 4 > tiff.length) return undefined

  let orientation = 1
  let lastTag = -1
  for (let at = start; at < end; at += entryBytes) {
    const tag = u16(at)
    const type = u16(at + 2)
    const count = u32(at + 4)
    const bytes = count * (typeBytes[type] ?? 0)
    const fits = bytes <= 4 || u32(at + 8) + bytes <= tiff.length
    if (tag <= lastTag || bytes === 0 || !fits) return undefined
    lastTag = tag
    if (tag !== orientationTag) continue
    orientation = u16(at + 8)
    if (type !== short || count !== 1 || orientation < 1 || orientation > 8) return undefined
  }
  return orientation
}
