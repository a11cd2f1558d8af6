/**
 * Orders well-formed strings by their UTF-8 bytes, as S3 lists keys, without encoding them:
 * UTF-16 differs from it only in that surrogates sort before U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const surrogate = isSurrogate(x)
    if (surrogate !== isSurrogate(y)) return surrogate ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
