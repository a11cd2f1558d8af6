import sharp, { type Sharp } from 'sharp'

/** An original that means no good. */
export interface HostileOriginal {
  /** Its file name, whose extension is what it claims to be. */
  name: string
  bytes: Buffer
  /** What the service answers; several where it depends on the decoder's version. */
  statuses: readonly number[]
  /** What no variant may contain. */
  payload?: string
  /** Width and height of the variant within 150×200, where it is made. */
  size?: readonly [number, number]
}

/** How large the bombs are. */
export interface Scale {
  /** Bytes that a compressed text chunk unfolds to. */
  textBytes: number
  /** Side of pictures over the pixel limit. */
  bombSide: number
  /** Side of pictures just within it. */
  largestSide: number
}

/** For every run of the tests, and as large as it gets. */
export const scales = {
  quick: { textBytes: 32 * 1024 * 1024, bombSide: 8_000, largestSide: 1_000 },
  full: { textBytes: 500 * 1024 * 1024, bombSide: 16_384, largestSide: 7_000 },
} as const satisfies Record<string, Scale>

/** Statuses of originals whose answer depends on the version of the decoder. */
export const okOrUndecodable = [200, 422]

/** A page that a browser would run, were it ever sent one. */
export const html = '<html><script>alert(document.domain)</script></html>'

/** A picture with something in every block. */
export function texture(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * i) >> 5
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}
