/** A colour whatever its brightness: x and y of CIE 1931. */
export type Chromaticity = readonly [x: number, y: number]

/** Each of the three primary colours, and the white that they make together. */
export interface Primaries {
  white: Chromaticity
  red: Chromaticity
  green: Chromaticity
  blue: Chromaticity
}

/** What the samples of a picture mean. */
export interface ColourSpace {
  primaries: Primaries
  /** How light follows from samples: as this power of them, or by sRGB's curve. */
  transfer: number | 'sRGB'
}

const d65: Chromaticity = [0.3127, 0.329]

/** Of sRGB as of BT.709 (ITU-T H.273, table 2). */
export const srgbPrimaries: Primaries = {
  white: d65,
  red: [0.64, 0.33],
  green: [0.3, 0.6],
  blue: [0.15, 0.06],
}

/** Primaries by their code point (ITU-T H.273, table 2). */
export const primariesByCode: ReadonlyMap<number, Primaries> = new Map([
  [1, srgbPrimaries],
  // BT.2020
  [9, { white: d65, red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] }],
  // DCI-P3
  [11, { white: [0.314, 0.351], red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] }],
  // Display P3
  [12, { white: d65, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] }],
])

/**
 * By which BT.709 and its like are displayed (ITU-R BT.1886). H.273 has the curve that cameras
 * follow, and refers to this one in a note.
 */
const television = 2.4

/**
 * Transfer functions by their code point (ITU-T H.273, table 3). PQ (16) and HLG (18) are not among
 * them: they go beyond sRGB's white, and how they are brought down to it is not agreed on.
 */
export const transferByCode: ReadonlyMap<number, ColourSpace['transfer']> = new Map<
  number,
  ColourSpace['transfer']
>([
  [1, television],
  [4, 2.2],
  [5, 2.8],
  [6, television],
  [8, 1],
  [13, 'sRGB'],
  [14, television],
  [15, television],
])
