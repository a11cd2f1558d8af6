import { devNull } from 'node:os'
import type { Environment } from '../../service/settings.ts'
import { withoutSdkWarning } from '../sdk-warning.ts'
import { bucketNames, type LaptopSettings } from './laptop-settings.ts'

/** What the stand-ins are addressed with; they check neither. */
export const laptopRegion = 'us-east-1'
export const laptopCredentials = { accessKeyId: 'laptop', secretAccessKey: 'laptop' } as const

/**
 * The environment of the service and of the sync handler on the laptop: the developer's own, but
 * for what is meant for the real AWS.
 * @param awsUrl where the stand-ins of S3 and CloudFront answer
 */
export function laptopEnvironment(
  environment: Environment,
  settings: LaptopSettings,
  { awsUrl, servicePort }: { awsUrl: string; servicePort: number },
): Environment {
  const own = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(own),
    ...withoutSdkWarning,
    // What the files say for AWS, such as FIPS or dual-stack endpoints, is refused for a stand-in.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_REGION: laptopRegion,
    AWS_ACCESS_KEY_ID: laptopCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: laptopCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: awsUrl,
    AWS_ENDPOINT_URL_CLOUDFRONT: awsUrl,
    BUCKET: bucketNames.origin,
    ORIGINAL_BUCKET: bucketNames.original,
    CF_DistributionId: settings.distributionId,
    HOST: settings.host,
    PORT: String(servicePort),
  }
}
