import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import t from 'tap'
import { createSigner } from '../../../service/s3-http/sigv4.ts'

// The credentials, requests and signatures of "Authenticating Requests: Using the Authorization
// Header" in the Amazon S3 API Reference.
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const scope = { region: 'us-east-1', service: 's3' }
const time = new Date('2013-05-24T00:00:00Z')
const host = 'examplebucket.s3.amazonaws.com'
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

t.test('the signatures of the S3 API Reference', async (t) => {
  const sign = createSigner(scope)
  const get = {
    method: 'GET',
    path: '/test.txt',
    headers: { host, range: 'bytes=0-9' },
    payloadHash: empty,
  }
  t.same(sign(get, credentials, time), {
    host,
    range: 'bytes=0-9',
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  })
  const put = {
    method: 'PUT',
    path: '/test%24file.text',
    headers: {
      host,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  }
  t.match(
    sign(put, credentials, time).authorization,
    /Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd$/,
  )
})

/** SHA-256 as the SDK's signer wants it. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data))
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
  reset() {}
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data)
}

t.test('every signature is the one that the SDK makes', async (t) => {
  const word = fc.stringMatching(/^[A-Za-z0-9/+]{1,40}$/)
  const value = fc.stringMatching(/^[\x20-\x7e]{0,30}$/)
  const request = fc.record({
    method: fc.constantFrom('GET', 'HEAD', 'PUT'),
    path: fc.stringMatching(/^(\/([A-Za-z0-9._~-]|%[0-9A-F]{2}){0,12}){1,4}$/),
    headers: fc.dictionary(
      fc.oneof(
        fc.stringMatching(/^x-amz-meta-[a-z-]{1,8}$/),
        fc.constantFrom('content-type', 'cache-control', 'if-match', 'user-agent'),
      ),
      value,
    ),
    payloadHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  })
  const who = fc.record(
    { accessKeyId: word, secretAccessKey: word, sessionToken: word },
    { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
  )
  const dates = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  const regions = fc.constantFrom('eu-central-1', 'us-east-1')
  // One signer for all: what it keeps of one day or one secret must not go into another's.
  const signers = new Map<string, ReturnType<typeof createSigner>>()
  await fc.assert(
    fc.asyncProperty(request, who, dates, regions, async (request, credentials, date, region) => {
      const ours = signers.get(region) ?? createSigner({ region, service: 's3' })
      signers.set(region, ours)
      const { method, path, payloadHash } = request
      const headers = { ...request.headers, host }
      const theirs = new SignatureV4({
        credentials,
        region,
        service: 's3',
        sha256: Sha256,
        uriEscapePath: false,
      })
      const expected = await theirs.sign(
        {
          method,
          path,
          protocol: 'https:',
          hostname: host,
          query: {},
          headers: { ...headers, 'x-amz-content-sha256': payloadHash },
        },
        { signingDate: date },
      )
      const signed = ours({ method, path, headers, payloadHash }, credentials, date)
      t.equal(signed.authorization, expected.headers.authorization)
      t.equal(signed['x-amz-security-token'], expected.headers['x-amz-security-token'])
    }),
    { numRuns: 300 },
  )
})
