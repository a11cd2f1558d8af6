import { gif } from './gif.ts'
import { type HostileOriginal, okOrUndecodable } from './original.ts'

/** GIF files with too many frames or pixels, or with something else in them. */
export function gifOriginals(): HostileOriginal[] {
  const garbage = Buffer.concat([
    Buffer.from([0x02, 0xff]),
    Buffer.alloc(255, 0xee),
    Buffer.alloc(1),
  ])
  const script = Buffer.from('*/=1;alert(1)//')
  const polyglot = gif({ width: 0x2a2f, height: 1, frames: 1, frame: { width: 1, height: 1 } })
  const small = { width: 1, height: 1 }
  const vast = { width: 65_535, height: 65_535 }
  return [
    {
      name: 'bomb.gif',
      bytes: gif({ ...vast, frames: 1 }),
      statuses: [422],
    },
    { name: '251-frames.gif', bytes: gif({ ...small, frames: 251 }), statuses: [422] },
    {
      name: '5000-frames.gif',
      bytes: gif({ width: 100, height: 100, frames: 5000, frame: small }),
      statuses: [422],
    },
    // Decoders take the frame's size for such a screen.
    {
      name: 'screen.gif',
      bytes: gif({ ...vast, frames: 1, frame: small }),
      statuses: okOrUndecodable,
    },
    {
      name: 'no-frames.gif',
      bytes: gif({ width: 9, height: 9, frames: 0 }),
      statuses: [422],
    },
    {
      name: 'codes-garbage.gif',
      bytes: gif({ width: 9, height: 9, frames: 1, codes: garbage }),
      statuses: okOrUndecodable,
    },
    {
      name: 'frame-beyond-screen.gif',
      bytes: gif({
        width: 9,
        height: 9,
        frames: 2,
        frame: { width: 65_535, height: 65_535, left: 60_000 },
      }),
      statuses: okOrUndecodable,
    },
    {
      name: 'script.gif',
      bytes: Buffer.concat([polyglot, script]),
      statuses: okOrUndecodable,
      payload: 'alert',
    },
  ]
}
