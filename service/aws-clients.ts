import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { S3Client } from '@aws-sdk/client-s3'

/**
 * The SDK's clients, with timeouts that leave room for its retries within a request's deadline.
 * @param pathStyle whether S3 is a stand-in, whose buckets have no host names
 * @param maxSockets connections to S3 at once
 */
export function awsClients({ pathStyle, maxSockets }: { pathStyle: boolean; maxSockets: number }) {
  const requestHandler = {
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  }
  return {
    s3: new S3Client({ forcePathStyle: pathStyle, requestHandler }),
    cloudFront: new CloudFrontClient({
      // Those who invalidate repeat calls themselves, more patiently than the SDK.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: 2_000,
        requestTimeout: 10_000,
        throwOnRequestTimeout: true,
      },
    }),
  }
}
