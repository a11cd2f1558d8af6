import type { Logger } from 'pino'
import { apiLimits, keyParameter, routingRules, stage, websiteDocuments } from '../flow.ts'
import { createApi } from './api-gateway/api.ts'
import type { Bucket } from './bucket.ts'
import { isCloudFrontRequest } from './cloudfront/api.ts'
import type { CloudFront } from './cloudfront/cloudfront.ts'
import type { Faults } from './faults.ts'
import type { LaptopSettings } from './laptop-settings.ts'
import { type Listener, listen } from './listener.ts'
import { createS3 } from './s3.ts'
import { shownUrl } from './shown-url.ts'
import type { StartStack } from './start-stack.ts'
import { createWebsite } from './website/website.ts'

/** API Gateway in front of the service at the URL `service`. */
export async function serveApi(stack: StartStack, settings: LaptopSettings, service: string) {
  const api = createApi({ stage, keyParameter, service: new URL(service), limits: apiLimits })
  const { host, apiPort } = settings
  const listening = listen(api.handler, { host, port: apiPort, setting: 'API_PORT' })
  return stack.start(listening, async (listener) => {
    await listener.stop()
    api.close()
  })
}

/** The website endpoint of the origin bucket, which sends missing keys to the API. */
export function serveWebsite(
  stack: StartStack,
  settings: LaptopSettings,
  { bucket, faults, api, log }: { bucket: Bucket; faults: Faults; api: Listener; log: Logger },
) {
  const { host, websitePort, locationEncoding, missingStatus, keyPrefixes } = settings
  const hostName = settings.publicApiHost ?? new URL(shownUrl(urlOf(settings, api.port))).host
  const website = createWebsite({
    bucket,
    rules: routingRules(keyPrefixes, { protocol: 'http', hostName }),
    documents: websiteDocuments,
    locationEncoding,
    missingStatus,
    faults,
    log,
  })
  const listening = listen(website, { host, port: websitePort, setting: 'WEBSITE_PORT' })
  return stack.start(listening, stopListener)
}

/** S3 and CloudFront's control API on one port, told apart by the path. */
export async function serveAws(
  stack: StartStack,
  { host, awsPort }: LaptopSettings,
  parts: {
    buckets: Record<'original' | 'origin', Bucket>
    cloudFront: CloudFront
    faults: Faults
    logger: Logger
  },
) {
  const { cloudFront, faults } = parts
  const s3 = createS3({ buckets: Object.values(parts.buckets), faults, log: parts.logger })
  const listening = listen(
    (request, response) => {
      const handler = isCloudFrontRequest(request) ? cloudFront.api : s3
      handler(request, response)
    },
    { host, port: awsPort, setting: 'AWS_PORT' },
  )
  return stack.start(listening, stopListener)
}

/** The viewers' side of the distribution. */
export function serveCdn(
  stack: StartStack,
  { host, cdnPort }: LaptopSettings,
  { viewers, close }: CloudFront,
) {
  const listening = listen(viewers, { host, port: cdnPort, setting: 'CDN_PORT' })
  return stack.start(listening, async (listener) => {
    await listener.stop()
    close()
  })
}

function stopListener(listener: Listener): Promise<void> {
  return listener.stop()
}

/** The address on this machine of what listens on `port`. */
export function urlOf({ host }: LaptopSettings, port: number): string {
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`
}
