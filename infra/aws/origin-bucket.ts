import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { type RoutingRule, routingRules, websiteDocuments } from '../flow.ts'
import { logAccess } from './access-logs.ts'
import type { OriginSecret } from './origin-secret.ts'

interface OriginBucketProps {
  keyPrefixes: readonly string[]
  /** Where the API answers, without a scheme. */
  apiHost: string
  secret: OriginSecret
  /** Whether the bucket and all in it go with the stack. */
  remove: boolean
  accessLogs: s3.IBucket | undefined
}

/**
 * The bucket that CloudFront reads: copies of the originals, and their variants. Its website
 * endpoint sends whoever asks for a variant that is missing to the API.
 */
export class OriginBucket extends Construct {
  readonly bucket: s3.Bucket

  constructor(scope: Construct, id: string, props: OriginBucketProps) {
    super(scope, id)
    this.bucket = new s3.Bucket(this, 'Bucket', {
      websiteIndexDocument: websiteDocuments.index,
      websiteErrorDocument: websiteDocuments.error,
      websiteRoutingRules: routingRules(props.keyPrefixes, {
        protocol: 'https',
        hostName: props.apiHost,
      }).map(asConstructProps),
      // A bucket policy lets the public read through the website; that policy alone may.
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ACLS_ONLY,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // A website endpoint cannot serve what is encrypted with KMS.
      encryption: s3.BucketEncryption.S3_MANAGED,
      // Without versions S3 may tell two simultaneous changes of a key in one event, and a removal
      // that goes untold leaves what it removed in the cache.
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(1),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy: props.remove ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      autoDeleteObjects: props.remove,
      ...logAccess(props.accessLogs, 'origin/'),
    })
    this.allowReadingWith(props.secret)
    this.denyPlainHttpWithout(props.secret)
    this.acceptFindings(props.accessLogs)
  }

  private allowReadingWith(secret: OriginSecret): void {
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'WebsiteForTheDistribution',
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:Referer': secret.value } },
      }),
    )
  }

  /** The website endpoint speaks no HTTPS; all others have to. */
  private denyPlainHttpWithout(secret: OriginSecret): void {
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'HttpsForAllOthers',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:*'],
        resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
        conditions: {
          Bool: { 'aws:SecureTransport': 'false' },
          StringNotEquals: { 'aws:Referer': secret.value },
        },
      }),
    )
  }

  private acceptFindings(accessLogs: s3.IBucket | undefined): void {
    const website = 'The routing rule, and with it the flow, exists only on a website endpoint'
    Validations.of(this.bucket).acknowledge(
      {
        id: 'AwsSolutions-S2',
        reason: `${website}, which needs a public policy: this one asks for the secret header.`,
      },
      {
        id: 'AwsSolutions-S5',
        reason: `${website}, which no origin access identity can reach: a secret header stands in.`,
      },
    )
    if (accessLogs) return
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Access logs hold addresses of people and cost money; the prop accessLogs makes them.',
    })
  }
}

function asConstructProps({ Condition, Redirect }: RoutingRule): s3.RoutingRule {
  return {
    condition: {
      keyPrefixEquals: Condition.KeyPrefixEquals,
      httpErrorCodeReturnedEquals: Condition.HttpErrorCodeReturnedEquals,
    },
    protocol: Redirect.Protocol === 'https' ? s3.RedirectProtocol.HTTPS : s3.RedirectProtocol.HTTP,
    hostName: Redirect.HostName,
    httpRedirectCode: Redirect.HttpRedirectCode,
    replaceKey: s3.ReplaceKey.prefixWith(Redirect.ReplaceKeyPrefixWith),
  }
}
