import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { limitCredentials } from './limit-credentials.ts'

/** How the clients are set up. */
export interface ClientOptions {
  /** Whether S3 is a stand-in, whose buckets have no host names. */
  pathStyle: boolean
  /** Connections to S3 at once. */
  maxSockets: number
  /** Milliseconds that S3 may take to begin its answer: long for those who copy. */
  answerMs: number
  /** How often S3 is asked before a call has failed; as the SDK has it unless given. */
  s3Attempts?: number
  /** Milliseconds that credentials may take, 5,000 unless given: more where a person gives them. */
  credentialsMs?: number
  /** In the place of the SDK's own. */
  transport?: S3ClientConfig['requestHandler']
}

/** The SDK's clients, with timeouts: by themselves they would wait for ever. */
export function awsClients(options: ClientOptions) {
  const { pathStyle, maxSockets, answerMs, s3Attempts, credentialsMs = 5_000, transport } = options
  const ownTransport = {
    connectionTimeout: 2_000,
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  }
  const s3 = new S3Client({
    forcePathStyle: pathStyle,
    ...(s3Attempts !== undefined && { maxAttempts: s3Attempts }),
    requestHandler: transport ?? ownTransport,
    // TLS and the decoders notice what a checksum would; and S3 has many that only slow
    // JavaScript can compute.
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const cloudFront = new CloudFrontClient({
    // Those who invalidate repeat calls themselves, more patiently than the SDK.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    },
  })
  for (const client of [s3, cloudFront]) limitCredentials(client, credentialsMs)
  return { s3, cloudFront }
}
