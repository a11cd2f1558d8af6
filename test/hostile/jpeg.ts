/** JPEG files that are taken apart and put together otherwise. */

/** Marker segments with a length (ITU T.81, B.1.1.4). */
export function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}

/** `jpeg` with segments directly behind its first marker. */
export function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

/** `jpeg` with another size in its frame header. */
export function withSize(jpeg: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(jpeg)
  const frame = frameOffset(copy)
  copy.writeUInt16BE(height, frame + 5)
  copy.writeUInt16BE(width, frame + 7)
  return copy
}

/** `jpeg` whose frame header claims another process, such as 0xc9, arithmetic coding. */
export function withProcess(jpeg: Buffer, marker: number): Buffer {
  const copy = Buffer.from(jpeg)
  copy[frameOffset(copy) + 1] = marker
  return copy
}

/** `jpeg` with other sampling factors, a byte for each component: horizontal times 16 plus vertical. */
export function withFactors(jpeg: Buffer, ...factors: readonly number[]): Buffer {
  const copy = Buffer.from(jpeg)
  const first = frameOffset(copy) + 11
  for (const [component, factor] of factors.entries()) copy[first + 3 * component] = factor
  return copy
}

/** A progressive `jpeg` with its last scan `times` over. */
export function withScans(jpeg: Buffer, times: number): Buffer {
  const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]))
  const end = jpeg.length - 2
  const scan = jpeg.subarray(last, end)
  return Buffer.concat([jpeg.subarray(0, end), ...Array(times).fill(scan), jpeg.subarray(end)])
}

/** An EXIF segment with one directory of one entry, orientation, and the offset of a next one. */
export function exif(
  orientation: number,
  { count = 1, next = 0 }: { count?: number; next?: number } = {},
): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write('MM\0*', 'latin1')
  tiff.writeUInt32BE(8, 4)
  tiff.writeUInt16BE(1, 8)
  tiff.writeUInt16BE(0x0112, 10)
  tiff.writeUInt16BE(3, 12)
  tiff.writeUInt32BE(count, 14)
  tiff.writeUInt16BE(orientation, 18)
  tiff.writeUInt32BE(next, 22)
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]))
}

/** An ICC profile of arbitrary bytes, in as many segments as it takes (ICC.1, B.4). */
export function icc(profile: Buffer): Buffer {
  const size = 65_000
  const total = Math.ceil(profile.length / size)
  const parts = Array.from({ length: total }, (_, i) => {
    const head = Buffer.from('ICC_PROFILE\0\0\0', 'latin1')
    head.set([i + 1, total], 12)
    return segment(0xe2, Buffer.concat([head, profile.subarray(i * size, (i + 1) * size)]))
  })
  return Buffer.concat(parts)
}

/** Where the frame header begins: SOF0 to SOF15 without DHT, JPG and DAC. */
function frameOffset(jpeg: Buffer): number {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] as number
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at
  }
  throw new Error('a JPEG without frame header')
}
