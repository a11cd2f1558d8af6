import { isIntact, pngChunks } from '../header/png-chunks.ts'
import {
  type ColourSpace,
  type Primaries,
  primariesByCode,
  srgbPrimaries,
  transferByCode,
} from './colour-space.ts'

/** Bytes of the chunks that tell a colour space (PNG 3rd edition, 11.3.2). */
const lengths: ReadonlyMap<string, number> = new Map([
  ['cICP', 4],
  ['sRGB', 1],
  ['gAMA', 4],
  ['cHRM', 32],
])
/** The chunk with a profile, which has any length. */
const profile = 'iCCP'

/** Chunks that all of these stand in front of (5.6). */
const ends: ReadonlySet<string> = new Set(['PLTE', 'IDAT'])

/** What gamma and chromaticities are multiplied by (11.3.2.1, 11.3.2.2). */
const unit = 100_000

/** What libpng takes for a gamma (pngpriv.h, `PNG_LIB_GAMMA_MIN` and `PNG_LIB_GAMMA_MAX`). */
const leastGamma = 1_000
const mostGamma = 10_000_000

/** By which share a gamma may differ unnoticed (libpng, `PNG_GAMMA_THRESHOLD_FIXED`). */
const gammaTolerance = 0.05
/** Some writers round chromaticities to two digits. */
const chromaticityTolerance = 0.003

/**
 * The colour space that a PNG tells by other chunks than its profile, which is all that the decoder
 * reads. Undefined where the decoder is right without: the space is sRGB, or that of the profile.
 *
 * Code points take precedence over the profile, this over `sRGB`, and that over gamma with
 * chromaticities (4.3). Chromaticities without a gamma count for nothing in browsers (Skia,
 * SkPngRustCodec.cpp), nor do chunks that are malformed. What has code points that are not known
 * here is left to the decoder.
 * @param png whose header the decoder accepts
 */
export function colourSpaceOf(png: Buffer): ColourSpace | undefined {
  const chunks = colourChunks(png)
  const codes = chunks.get('cICP')
  if (codes) {
    const space = spaceByCodes(codes)
    const isDefault = space?.transfer === 'sRGB' && areSrgb(space.primaries)
    return isDefault && !chunks.has(profile) ? undefined : space
  }
  const gamma = chunks.get('gAMA')?.readUInt32BE() ?? 0
  const isTold = gamma >= leastGamma && gamma <= mostGamma
  if (!isTold || chunks.has(profile) || chunks.has('sRGB')) return undefined

  const chromaticities = chunks.get('cHRM')
  const primaries = chromaticities ? primariesOf(chromaticities) : srgbPrimaries
  const transfer = unit / gamma
  // Of sRGB it is said that its gamma is 2.2, for decoders that know no better (11.3.2.5).
  const isSrgb = Math.abs(2.2 / transfer - 1) < gammaTolerance && areSrgb(primaries)
  return isSrgb ? undefined : { primaries, transfer }
}

/** The first well-formed one of each of the chunks that tell a colour space. */
function colourChunks(png: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (const chunk of pngChunks(png)) {
    const { type, content } = chunk
    if (ends.has(type)) break
    if (found.has(type)) continue
    const isWellFormed = lengths.get(type) === content.length && isIntact(png, chunk)
    // Whether a profile is sound, its decoder says.
    if (isWellFormed || type === profile) found.set(type, content)
  }
  return found
}

/** Undefined of code points that are not known, not of RGB, or not of the full range (11.3.2.6). */
function spaceByCodes(codes: Buffer): ColourSpace | undefined {
  const [ofPrimaries = 0, ofTransfer = 0, ofMatrix, isFullRange] = codes
  const primaries = primariesByCode.get(ofPrimaries)
  const transfer = transferByCode.get(ofTransfer)
  if (ofMatrix !== 0 || isFullRange !== 1 || !primaries || !transfer) return undefined
  return { primaries, transfer }
}

function primariesOf(chromaticities: Buffer): Primaries {
  const at = (start: number) =>
    [
      chromaticities.readUInt32BE(start) / unit,
      chromaticities.readUInt32BE(start + 4) / unit,
    ] as const
  return { white: at(0), red: at(8), green: at(16), blue: at(24) }
}

function areSrgb(primaries: Primaries): boolean {
  return (['white', 'red', 'green', 'blue'] as const).every((colour) => {
    const [x, y] = primaries[colour]
    const [srgbX, srgbY] = srgbPrimaries[colour]
    return (
      Math.abs(x - srgbX) < chromaticityTolerance && Math.abs(y - srgbY) < chromaticityTolerance
    )
  })
}
