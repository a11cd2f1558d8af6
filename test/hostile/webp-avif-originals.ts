import { type HostileOriginal, texture } from './original.ts'

/** WebP and AVIF files that are too large, unfinished, or under another name. */
export async function webpAndAvifOriginals(): Promise<HostileOriginal[]> {
  const webp = await texture(400, 300).webp().toBuffer()
  const canvas = Buffer.from(
    'RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff',
    'latin1',
  )
  const avif = await texture(64, 48).avif({ effort: 0 }).toBuffer()
  const vast = Buffer.from(avif)
  const spatial = vast.indexOf('ispe')
  vast.writeUInt32BE(60_000, spatial + 8)
  vast.writeUInt32BE(60_000, spatial + 12)
  return [
    { name: 'canvas.webp', bytes: canvas, statuses: [422] },
    { name: 'half.webp', bytes: webp.subarray(0, webp.length / 2), statuses: [422] },
    { name: 'only-riff.webp', bytes: webp.subarray(0, 12), statuses: [422] },
    { name: 'bomb.avif', bytes: vast, statuses: [422] },
    { name: 'half.avif', bytes: avif.subarray(0, avif.length / 2), statuses: [422] },
    { name: 'only-brand.avif', bytes: avif.subarray(0, 32), statuses: [422] },
    { name: 'webp.jpg', bytes: webp, statuses: [415] },
    { name: 'avif.png', bytes: avif, statuses: [415] },
  ]
}
