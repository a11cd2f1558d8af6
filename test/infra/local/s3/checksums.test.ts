import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { decodeAwsChunked } from '../../../../infra/local/s3/aws-chunked.ts'
import { createHasher, isChecksum } from '../../../../infra/local/s3/checksums.ts'

// The check values of the catalogue of CRC algorithms: of the digits 1 to 9.
const digits = '123456789'
const hex = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: createHash('sha1').update(digits).digest('hex'),
  SHA256: createHash('sha256').update(digits).digest('hex'),
} as const

t.test('checksums have the published values, in one piece or in several', async (t) => {
  for (const algorithm of Object.keys(hex) as (keyof typeof hex)[]) {
    const expected = Buffer.from(hex[algorithm], 'hex').toString('base64')
    for (const cut of [0, 4, 9]) {
      const hasher = createHasher(algorithm)
      hasher.update(Buffer.from(digits.slice(0, cut)))
      hasher.update(Buffer.from(digits.slice(cut)))
      t.equal(hasher.digest(), expected, algorithm)
    }
    t.ok(isChecksum(algorithm, expected))
    t.notOk(isChecksum(algorithm, expected.slice(4)))
  }
})

t.test('an aws-chunked body means the same however the network cuts it', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 })
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(bodies, cuts, fc.boolean(), async (chunks, sizes, withTrailer) => {
      const frame = Buffer.concat([
        ...chunks.map((chunk) =>
          Buffer.concat([
            Buffer.from(`${chunk.length.toString(16)}\r\n`),
            chunk,
            Buffer.from('\r\n'),
          ]),
        ),
        Buffer.from(withTrailer ? '0\r\nX-Amz-Sum: abc\r\n\r\n' : '0\r\n\r\n'),
      ])
      const trailers = new Map<string, string>()
      const decoded: Buffer[] = []
      for await (const part of decodeAwsChunked(cut(frame, sizes), trailers)) decoded.push(part)
      return (
        Buffer.concat(decoded).equals(Buffer.concat(chunks)) &&
        trailers.get('x-amz-sum') === (withTrailer ? 'abc' : undefined)
      )
    }),
  )
})

async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    yield bytes.subarray(at, at + size)
    at += size
    await turn()
  }
}
