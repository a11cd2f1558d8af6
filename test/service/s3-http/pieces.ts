import fc from 'fast-check'

/** `whole` cut wherever the numbers, taken modulo its length, say. */
export function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const ends = places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b)
  return [...ends, whole.length].map((end, i) => whole.subarray(i === 0 ? 0 : ends[i - 1], end))
}

/** Places to cut at. */
export const places = fc.array(fc.nat({ max: 100_000 }), { maxLength: 30 })

/** A content in chunks, with extensions and trailers of all kinds. */
export const coded = fc
  .record({
    chunks: fc.array(
      fc.record({
        content: fc.uint8Array({ minLength: 1, maxLength: 300 }),
        extension: fc.constantFrom('', ';a', ';a=b', ';q="x y"', ' ;late'),
        upper: fc.boolean(),
      }),
      { maxLength: 8 },
    ),
    trailers: fc.array(fc.constantFrom('x-amz-checksum-crc32: AAAAAA==', 'a: b', 'c:'), {
      maxLength: 3,
    }),
    last: fc.constantFrom('0', '000', '0;end'),
  })
  .map(({ chunks, trailers, last }) => ({
    content: Buffer.concat(chunks.map(({ content }) => content)),
    wire: Buffer.concat([
      ...chunks.flatMap(({ content, extension, upper }) => {
        const size = content.length.toString(16)
        const line = `${upper ? size.toUpperCase() : size}${extension}\r\n`
        return [Buffer.from(line), content, Buffer.from('\r\n')]
      }),
      Buffer.from([last, ...trailers, '', ''].join('\r\n')),
    ]),
  }))
