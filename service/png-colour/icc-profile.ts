import type { ColourSpace } from './colour-space.ts'
import { d50, type Triple, xyzOf } from './xyz.ts'

type Tag = readonly [name: string, content: Buffer]

const headBytes = 128
/** Of a tag in the table: its name, and where its content is and how long. */
const entryBytes = 12
const version = 0x04_20_00_00

/** The largest whole number with a fraction of 16 bits (ICC.1:2010, s15Fixed16Number). */
const largest = 32_767

/** Kinds of curves: a power, and one with a straight line in front (parametricCurveType). */
const power = 0
const powerBehindLine = 3

/** The numbers of sRGB's, which is straight below the last of them (IEC 61966-2-1). */
const srgbCurve = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]

/**
 * A colour profile (ICC.1:2010) with no more than is read to convert from it. Undefined for
 * primaries that make no colour space, or one that has no place in a profile.
 * @param isGrey whether the samples are greys
 */
export function iccProfile(space: ColourSpace, isGrey: boolean): Buffer | undefined {
  const colours = xyzOf(space.primaries)
  if (!colours?.flat().every((value) => Math.abs(value) <= largest)) return undefined
  const curve = curveOf(space.transfer)
  if (isGrey) return profileOf('GRAY', [['kTRC', curve]])
  const [red, green, blue] = colours.map(xyzTag) as [Buffer, Buffer, Buffer]
  return profileOf('RGB ', [
    ['rXYZ', red],
    ['gXYZ', green],
    ['bXYZ', blue],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ])
}

function profileOf(samples: string, tags: readonly Tag[]): Buffer {
  let end = headBytes + 4 + entryBytes * tags.length
  const table = tags.map(([name, content]) => {
    const entry = Buffer.concat([ascii(name), whole(end, content.length)])
    end += content.length
    return entry
  })
  const head = Buffer.alloc(headBytes)
  whole(end, 0, version).copy(head)
  ascii(`mntr${samples}XYZ `).copy(head, 12)
  ascii('acsp').copy(head, 36)
  fixed(...d50).copy(head, 68)
  const contents = tags.map(([, content]) => content)
  return Buffer.concat([head, whole(tags.length), ...table, ...contents])
}

function xyzTag(xyz: Triple): Buffer {
  return Buffer.concat([ascii('XYZ '), whole(0), fixed(...xyz)])
}

function curveOf(transfer: ColourSpace['transfer']): Buffer {
  const isSrgb = transfer === 'sRGB'
  const kind = Buffer.from([0, isSrgb ? powerBehindLine : power, 0, 0])
  const values = isSrgb ? srgbCurve : [transfer]
  return Buffer.concat([ascii('para'), whole(0), kind, fixed(...values)])
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function whole(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i)
  return bytes
}

/** Numbers with 16 of their 32 bits behind the point. */
function fixed(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeInt32BE(Math.round(value * 65_536), 4 * i)
  return bytes
}
