import type { Bucket } from '../../infra/local/bucket.ts'
import { createCloudFrontApi, isCloudFrontRequest } from '../../infra/local/cloudfront/api.ts'
import { createInvalidations } from '../../infra/local/cloudfront/invalidations.ts'
import { createFaults, type Faults, type FaultTarget } from '../../infra/local/faults.ts'
import { listen } from '../../infra/local/listener.ts'
import { openBucket } from '../../infra/local/open-bucket.ts'
import { createS3 } from '../../infra/local/s3.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** The APIs of S3 and CloudFront on one loopback port, with one bucket in a temporary folder. */
export interface Aws {
  /** For the SDK's `AWS_ENDPOINT_URL`. */
  url: string
  bucket: Bucket
  faults: Faults
  /** What was asked for so far, those included that faults befell. */
  requests: FaultTarget[]
  /** The paths invalidated so far, in order. */
  readonly invalidated: string[]
  /** The variables with which the service finds all this. */
  environment: Record<string, string>
  stop(): Promise<void>
}

const distributionId = 'ELAPTOP'

/**
 * Starts them.
 * @param host the address to listen on; loopback unless a container has to reach it
 */
export async function startAws(host = '127.0.0.1'): Promise<Aws> {
  const folder = await temporaryFolder('rightsize-aws')
  const bucket = await openBucket(folder.path, 'origin')
  const faults = createFaults()
  const requests: FaultTarget[] = []
  const counted: Faults = {
    ...faults,
    take: (target) => {
      requests.push(target)
      return faults.take(target)
    },
  }
  const now = Date.now
  const invalidations = createInvalidations({
    invalidate: () => {},
    inProgressMs: 0,
    tags: false,
    now,
  })
  const s3 = createS3({ buckets: [bucket], faults: counted })
  const cloudFront = createCloudFrontApi({
    distributionId,
    invalidations,
    rate: { callsPerSecond: undefined },
    faults: counted,
    now,
  })
  const listener = await listen(
    (req, res) => (isCloudFrontRequest(req) ? cloudFront(req, res) : s3(req, res)),
    { host, port: 0, setting: 'port' },
  )
  const url = `http://127.0.0.1:${listener.port}`
  return {
    url,
    bucket,
    faults,
    requests,
    get invalidated() {
      return invalidations.all.flatMap(({ items }) => items)
    },
    environment: {
      BUCKET: bucket.name,
      CF_DistributionId: distributionId,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'laptop',
      AWS_SECRET_ACCESS_KEY: 'laptop',
    },
    stop: async () => {
      await listener.stop()
      await bucket.close()
      folder.remove()
    },
  }
}
