import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { logAccess } from './access-logs.ts'

/** How long a replaced or removed original can be fetched back. */
const noncurrentDays = 30

/** The private bucket to which originals are uploaded. It outlives the stack. */
export class OriginalBucket extends Construct {
  readonly bucket: s3.Bucket

  constructor(scope: Construct, id: string, props: { accessLogs: s3.IBucket | undefined }) {
    super(scope, id)
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(noncurrentDays),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
      ...logAccess(props.accessLogs, 'original/'),
    })
    if (!props.accessLogs) {
      Validations.of(this.bucket).acknowledge({
        id: 'AwsSolutions-S1',
        reason:
          'Access logs hold addresses of people and cost money; the prop accessLogs makes them.',
      })
    }
  }
}
