import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'

/** The bucket to which CloudFront and the other buckets log accesses. */
export class AccessLogs extends Construct {
  readonly bucket: s3.Bucket

  constructor(scope: Construct, id: string, props: { retention: logs.RetentionDays }) {
    super(scope, id)
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // CloudFront's standard logs are delivered with an ACL.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(props.retention) }],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The bucket of access logs does not log the writing of logs.',
    })
  }
}

/** The props of a bucket that logs its accesses to `target`, if there is one. */
export function logAccess(target: s3.IBucket | undefined, prefix: string): s3.BucketProps {
  return target ? { serverAccessLogsBucket: target, serverAccessLogsPrefix: prefix } : {}
}
