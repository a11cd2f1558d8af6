import sharp from 'sharp'
import { exif, icc, segment, withProcess, withScans, withSegments, withSize } from './jpeg.ts'
import { type HostileOriginal, html, okOrUndecodable, type Scale, texture } from './original.ts'

/** JPEG files that lie about their size, process, orientation or colours, or carry something. */
export async function jpegOriginals({ largestSide }: Scale): Promise<HostileOriginal[]> {
  const plain = await texture(400, 300).jpeg().toBuffer()
  const progressive = await texture(400, 300).jpeg({ progressive: true }).toBuffer()
  const cmyk = await texture(400, 300).toColourspace('cmyk').jpeg().toBuffer()
  const largest = await sharp({
    create: { width: largestSide, height: largestSide, channels: 3, background: '#456' },
  })
    .jpeg({ progressive: true })
    .toBuffer()
  const size = [150, 113] as const
  const turned = (value: number, options = {}) => withSegments(plain, exif(value, options))
  return [
    { name: 'largest-progressive.jpg', bytes: largest, statuses: [200], size: [150, 150] },
    { name: 'bomb.jpg', bytes: withSize(plain, 65_500, 65_500), statuses: [422] },
    {
      name: 'progressive-bomb.jpg',
      bytes: withSize(progressive, 65_500, 65_500),
      statuses: [422],
    },
    { name: 'wider-than-jpeg.jpg', bytes: withSize(plain, 65_535, 1), statuses: [422] },
    {
      name: 'taller-than-its-data.jpg',
      bytes: withSize(plain, 400, 65_000),
      statuses: [422],
    },
    { name: 'no-height.jpg', bytes: withSize(plain, 400, 0), statuses: [422] },
    { name: 'many-scans.jpg', bytes: withScans(progressive, 2000), statuses: [422] },
    { name: 'arithmetic.jpg', bytes: withProcess(plain, 0xc9), statuses: okOrUndecodable },
    { name: 'lossless.jpg', bytes: withProcess(plain, 0xc3), statuses: [422] },
    { name: 'orientation-0.jpg', bytes: turned(0), statuses: [200], size },
    { name: 'orientation-9.jpg', bytes: turned(9), statuses: [200], size },
    { name: 'orientation-65535.jpg', bytes: turned(65_535), statuses: [200], size },
    { name: 'looping-exif.jpg', bytes: turned(1, { next: 8 }), statuses: [200], size },
    { name: 'exif-beyond-its-end.jpg', bytes: turned(6, { next: 2 ** 31 }), statuses: [200] },
    { name: 'exif-of-billions.jpg', bytes: turned(6, { count: 2 ** 32 - 1 }), statuses: [200] },
    {
      name: 'huge-profile.jpg',
      bytes: withSegments(plain, icc(Buffer.alloc(255 * 65_000, 'profile'))),
      statuses: okOrUndecodable,
      payload: 'profileprofile',
    },
    {
      name: 'page-behind.jpg',
      bytes: Buffer.concat([plain, Buffer.from(html)]),
      statuses: [200],
      payload: 'alert',
      size,
    },
    {
      name: 'page-in-comment.jpg',
      bytes: withSegments(plain, segment(0xfe, Buffer.from(html))),
      statuses: [200],
      payload: 'alert',
      size,
    },
    { name: 'many-segments.jpg', bytes: crowded(plain, 0xff, 0xe0, 0, 2), statuses: [422] },
    { name: 'many-markers.jpg', bytes: crowded(plain, 0xff, 0xd0), statuses: [422] },
    { name: 'many-stuffed.jpg', bytes: crowded(plain, 0xff, 0), statuses: [422] },
    { name: 'many-zeros.jpg', bytes: crowded(plain, 0), statuses: [422] },
    { name: 'filled.jpg', bytes: crowded(plain, 0xff), statuses: [200], size },
    { name: 'cmyk.jpg', bytes: cmyk, statuses: [200], size },
    { name: 'cmyk-without-adobe.jpg', bytes: withoutAdobe(cmyk), statuses: okOrUndecodable },
  ]
}

/** `jpeg` with megabytes of the same few bytes in front of all that is seen of it. */
function crowded(jpeg: Buffer, ...bytes: readonly number[]): Buffer {
  const crowd = Buffer.alloc(20 * 1024 * 1024, Buffer.from(bytes))
  return withSegments(jpeg, segment(0xfe, Buffer.alloc(0)), crowd)
}

/** A CMYK JPEG that does not say which of the two CMYK conventions it follows. */
function withoutAdobe(jpeg: Buffer): Buffer {
  const at = jpeg.indexOf('Adobe') - 4
  return Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(at + 2 + jpeg.readUInt16BE(at + 2))])
}
