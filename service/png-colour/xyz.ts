import type { Chromaticity, Primaries } from './colour-space.ts'

/** Red, green and blue, or X, Y and Z. */
export type Triple = readonly [number, number, number]
/** Three rows. */
type Matrix = readonly [Triple, Triple, Triple]

/** XYZ of the white that profiles refer to (ICC.1:2010, 7.2.16). */
export const d50: Triple = [0.9642, 1, 0.8249]

/** From XYZ to the responses of the eye in which whites are adapted (ICC.1:2010, annex E). */
const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]
const fromBradford = inverse(bradford)

/** Twice the area between three primaries; sRGB's is 0.22. */
const leastArea = 1e-4

/**
 * XYZ of red, green and blue, adapted from their white to D50. Undefined of chromaticities that
 * cannot be, and of primaries that lie on a line.
 */
export function xyzOf({ white, red, green, blue }: Primaries): readonly Triple[] | undefined {
  const all = [white, red, green, blue]
  if (!all.every(([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1)) return undefined
  const primaries: Matrix = [withZ(red), withZ(green), withZ(blue)]
  const [x, y, z] = withZ(white)
  if (y === 0 || Math.abs(determinant(primaries)) < leastArea) return undefined

  const whiteXyz: Triple = [x / y, 1, z / y]
  const amounts = times(inverse(transposed(primaries)), whiteXyz)
  const gains = quotients(times(bradford, d50), times(bradford, whiteXyz))
  return primaries.map((primary, i) => {
    const amount = amounts[i] as number
    const xyz = products(primary, [amount, amount, amount])
    return times(fromBradford, products(times(bradford, xyz), gains))
  })
}

function withZ([x, y]: Chromaticity): Triple {
  return [x, y, 1 - x - y]
}

function products(a: Triple, b: Triple): Triple {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

function quotients(a: Triple, b: Triple): Triple {
  return [a[0] / b[0], a[1] / b[1], a[2] / b[2]]
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function times([first, second, third]: Matrix, vector: Triple): Triple {
  return [dot(first, vector), dot(second, vector), dot(third, vector)]
}

function transposed([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ]
}

function determinant([a, b, c]: Matrix): number {
  return dot(a, cross(b, c))
}

function inverse(matrix: Matrix): Matrix {
  const [a, b, c] = matrix
  const scale = 1 / determinant(matrix)
  const factors: Triple = [scale, scale, scale]
  return transposed([
    products(cross(b, c), factors),
    products(cross(c, a), factors),
    products(cross(a, b), factors),
  ])
}
