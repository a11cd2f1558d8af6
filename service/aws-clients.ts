import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** How the clients are set up. */
export interface ClientOptions {
  /** Whether S3 is a stand-in, whose buckets have no host names. */
  pathStyle: boolean
  /** Connections to S3 at once. */
  maxSockets: number
  /** Milliseconds that S3 may take to begin its answer: long for those who copy. */
  answerMs: number
  /** In the place of the SDK's own. */
  transport?: S3ClientConfig['requestHandler']
}

/** The SDK's clients, with timeouts: by themselves they would wait for ever. */
export function awsClients({ pathStyle, maxSockets, answerMs, transport }: ClientOptions) {
  const ownTransport = {
    connectionTimeout: 2_000,
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  }
  return {
    s3: new S3Client({
      forcePathStyle: pathStyle,
      requestHandler: transport ?? ownTransport,
      // TLS and the decoders notice what a checksum would; and S3 has many that only slow
      // JavaScript can compute.
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
    cloudFront: new CloudFrontClient({
      // Those who invalidate repeat calls themselves, more patiently than the SDK.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: 2_000,
        requestTimeout: 5_000,
        throwOnRequestTimeout: true,
      },
    }),
  }
}
