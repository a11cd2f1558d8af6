import fc from 'fast-check'
import t from 'tap'
import { createChunkedDecoder } from '../../../service/s3-http/chunked.ts'
import { coded, cut, places } from './pieces.ts'

t.test('any content, cut into any chunks and any pieces, comes out as it went in', async () => {
  fc.assert(
    fc.property(coded, places, ({ content, wire }, places) => {
      const decoder = createChunkedDecoder()
      const decoded = cut(wire, places).flatMap((piece) => decoder.decode(piece))
      return decoder.done && content.equals(Buffer.concat(decoded))
    }),
  )
})

t.test('it is not done before its last byte', async () => {
  fc.assert(
    fc.property(coded, fc.nat(), ({ content, wire }, place) => {
      const decoder = createChunkedDecoder()
      const part = wire.subarray(0, place % wire.length)
      const decoded = Buffer.concat(decoder.decode(part))
      return !decoder.done && content.subarray(0, decoded.length).equals(decoded)
    }),
  )
})

for (const wire of [
  '\r\n',
  'x\r\n',
  '-1\r\n',
  '0x1\r\n',
  ';a\r\n',
  '5 6\r\n',
  'fffffffffffff\r\n',
  '3\r\nabcd\r\n',
  '3\r\nabc0\r\n\r\n',
  '0\r\n\r\nHTTP/1.1 200 OK',
  '0'.repeat(100_000),
  `1;${'x'.repeat(100_000)}`,
  `0\r\nx: ${'y'.repeat(100_000)}`,
  `0\r\n${'x: y\r\n'.repeat(100_000)}`,
]) {
  t.test(`is broken: ${JSON.stringify(wire.slice(0, 30))}`, async (t) => {
    t.throws(() => createChunkedDecoder().decode(Buffer.from(wire)))
    const decoder = createChunkedDecoder()
    t.throws(() => {
      for (const byte of Buffer.from(wire)) decoder.decode(Buffer.from([byte]))
    }, 'byte by byte')
  })
}
