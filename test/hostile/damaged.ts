import { type HostileOriginal, okOrUndecodable, texture } from './original.ts'

/** Each kind truncated at every tenth of its length, and with single bits turned over. */
export async function damaged(): Promise<HostileOriginal[]> {
  const kinds = {
    'png.png': await texture(120, 90).png().toBuffer(),
    'interlaced.png': await texture(120, 90).png({ progressive: true }).toBuffer(),
    'baseline.jpg': await texture(120, 90).jpeg().toBuffer(),
    'progressive.jpg': await texture(120, 90).jpeg({ progressive: true }).toBuffer(),
    'still.gif': await texture(120, 90).gif().toBuffer(),
  }
  return Object.entries(kinds).flatMap(([name, whole]) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((tenth) => {
      const at = Math.floor((whole.length * tenth) / 10)
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ 0x10
      return [
        {
          name: `cut-at-${tenth}0-percent-${name}`,
          bytes: whole.subarray(0, at),
          statuses: [422],
        },
        { name: `flipped-at-${tenth}0-percent-${name}`, bytes: flipped, statuses: okOrUndecodable },
      ]
    }),
  )
}
