import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import t from 'tap'
import { findTarget } from '../../service/s3-target.ts'

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }

function targetOf(bucket: string, config: S3ClientConfig = {}) {
  return findTarget(new S3Client({ region: 'eu-west-1', credentials, ...config }), bucket)
}

t.test('objects are asked for where the SDK asks for them', async (t) => {
  const https = { protocol: 'https:', port: undefined, region: 'eu-west-1', service: 's3' }
  const host = 'pictures.s3.eu-west-1.amazonaws.com'
  t.match(await targetOf('pictures'), {
    ...https,
    hostname: host,
    prefix: '/',
    headers: { host, 'user-agent': /aws-sdk-js/ },
  })
  // The certificate of S3 is good for one label.
  t.match(await targetOf('my.pictures'), {
    ...https,
    hostname: 's3.eu-west-1.amazonaws.com',
    prefix: '/my.pictures/',
  })
  t.match(await targetOf('pictures', { useDualstackEndpoint: true }), {
    hostname: 'pictures.s3.dualstack.eu-west-1.amazonaws.com',
  })
  t.match(
    await targetOf('arn:aws:s3:us-east-2:123456789012:accesspoint/ap', { useArnRegion: true }),
    { hostname: 'ap-123456789012.s3-accesspoint.us-east-2.amazonaws.com', region: 'us-east-2' },
  )
})

t.test('a stand-in with a port and a base path', async (t) => {
  const endpoint = 'http://127.0.0.1:9000/base'
  t.match(await targetOf('pictures', { endpoint, forcePathStyle: true }), {
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: 9000,
    prefix: '/base/pictures/',
    headers: { host: '127.0.0.1:9000' },
  })
})

t.test('there is none where Signature Version 4 alone will not do', async (t) => {
  const s3ExpressIdentityProvider = {
    getS3ExpressIdentity: async () => ({ ...credentials, sessionToken: 'session' }),
  }
  const directory = 'pictures--euw1-az1--x-s3'
  t.equal(await targetOf(directory, { s3ExpressIdentityProvider }), undefined)
})

t.test('what keeps the SDK from signing is thrown', async (t) => {
  const failing = async () => {
    throw new Error('no credentials')
  }
  await t.rejects(targetOf('pictures', { credentials: failing }), { message: 'no credentials' })
})
