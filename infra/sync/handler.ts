import { awsClients } from '../../service/aws-clients.ts'
import { configuredCdn } from '../../service/cloudfront.ts'
import { jsonLogger } from './logger.ts'
import { patientCdn } from './patient-cdn.ts'
import { s3OriginalBucket, s3OriginBucket } from './s3-buckets.ts'
import { readSyncSettings } from './settings.ts'
import { buildHandler } from './sync.ts'

const settings = readSyncSettings(process.env)
const { s3, cloudFront } = awsClients({
  pathStyle: Boolean(settings.s3Endpoint ?? settings.awsEndpoint),
  maxSockets: 64,
  // A copy of gigabytes takes its time.
  answerMs: 50_000,
})
const cdn = configuredCdn(cloudFront, settings)

/** What Lambda calls. */
export const handler = buildHandler({
  original: s3OriginalBucket(s3, settings.originalBucket),
  origin: s3OriginBucket(s3, settings),
  cdn: cdn && patientCdn(cdn),
  settings,
  logger: jsonLogger((line) => process.stdout.write(line)),
})
