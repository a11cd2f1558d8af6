import { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import { S3Client } from '@aws-sdk/client-s3'
import type { Logger } from 'pino'
import { configuredCdn } from '../../service/cloudfront.ts'
import type { Environment } from '../../service/settings.ts'
import { eventQueue } from '../flow.ts'
import { patientCdn } from '../sync/patient-cdn.ts'
import { s3OriginalBucket, s3OriginBucket } from '../sync/s3-buckets.ts'
import { readSyncSettings } from '../sync/settings.ts'
import { buildHandler } from '../sync/sync.ts'
import type { Bucket } from './bucket.ts'
import { notifyOfChanges } from './events/notify.ts'
import { createQueue } from './events/queue.ts'
import { laptopCredentials, laptopRegion } from './laptop-environment.ts'

/** Milliseconds before a message that failed is delivered again; the deployed queue takes minutes. */
const firstBackoffMs = 250

/** The sync Lambda behind its queue, connected to the buckets. */
export interface Sync {
  /** Hears of no more changes, and ends when those that were heard of have been dealt with. */
  stop(): Promise<void>
}

/**
 * Connects the events of `buckets` to the sync Lambda's handler, which works on the AWS stand-in
 * at `awsUrl` with the SDK's clients.
 * @param environment what the Lambda's environment would be
 */
export function startSync(
  awsUrl: string,
  options: { buckets: readonly Bucket[]; environment: Environment; logger: Logger },
): Sync {
  const { buckets, logger } = options
  const settings = readSyncSettings(options.environment)
  const access = {
    endpoint: awsUrl,
    region: laptopRegion,
    credentials: laptopCredentials,
    // The developer may have set these for the real AWS; no other endpoint takes them.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  }
  const s3 = new S3Client({ ...access, forcePathStyle: true })
  const cloudFront = new CloudFrontClient({ ...access, maxAttempts: 1 })
  const cdn = configuredCdn(cloudFront, settings)
  const handler = buildHandler({
    original: s3OriginalBucket(s3, settings.originalBucket),
    origin: s3OriginBucket(s3, settings),
    cdn: cdn && patientCdn(cdn),
    settings,
    logger,
  })
  const queue = createQueue(handler, {
    ...eventQueue,
    backoffMs: (receives) => firstBackoffMs * 2 ** (receives - 1),
    onFailure: ({ dead, ...failure }) => {
      if (dead) logger.error(failure, 'an event is given up: dead letter')
      else logger.warn(failure, 'an event failed and is delivered again')
    },
  })
  const endings = buckets.map((bucket) => notifyOfChanges(bucket, queue))
  return {
    async stop() {
      for (const end of endings) end()
      await queue.stop()
      s3.destroy()
      cloudFront.destroy()
    },
  }
}
