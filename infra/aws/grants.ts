import { Stack } from 'aws-cdk-lib'
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as s3 from 'aws-cdk-lib/aws-s3'
import { acceptPrefixWildcards } from './accepted-findings.ts'

/**
 * Lets `role` read objects below `prefixes`, and list the bucket: without that S3 answers
 * 403 where an object is missing.
 */
export function allowReading(
  role: iam.IRole,
  bucket: s3.IBucket,
  prefixes: readonly string[],
): void {
  allowOnObjects(role, bucket, prefixes, ['s3:GetObject'])
  bucket.encryptionKey?.grantDecrypt(role)
}

/** Lets `role` read, write and remove objects below `prefixes`, and list the bucket. */
export function allowReadingAndWriting(
  role: iam.IRole,
  bucket: s3.IBucket,
  prefixes: readonly string[],
): void {
  allowOnObjects(role, bucket, prefixes, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
}

/** Lets `role` drop what this one distribution has cached. */
export function allowInvalidating(role: iam.IRole, distribution: cloudfront.IDistribution): void {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['cloudfront:CreateInvalidation'],
      resources: [
        Stack.of(role).formatArn({
          service: 'cloudfront',
          region: '',
          resource: 'distribution',
          resourceName: distribution.distributionId,
        }),
      ],
    }),
  )
}

function allowOnObjects(
  role: iam.IRole,
  bucket: s3.IBucket,
  prefixes: readonly string[],
  actions: string[],
): void {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions,
      resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    }),
  )
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  )
  acceptPrefixWildcards(role, bucket, prefixes)
}
