import { Stack, Validations } from 'aws-cdk-lib'
import type * as iam from 'aws-cdk-lib/aws-iam'
import type * as s3 from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'

/**
 * Accepts the wildcard behind a prefix of `bucket` in the policy of `role`. Findings of this rule
 * are accepted one by one, by the resource that they name.
 */
export function acceptPrefixWildcards(
  role: iam.IRole,
  bucket: s3.IBucket,
  prefixes: readonly string[],
): void {
  for (const prefix of prefixes) {
    const arn = inWords(Stack.of(role).resolve(bucket.arnForObjects(`${prefix}*`)))
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}]`,
      reason: 'Objects below a prefix have names that nobody knows beforehand.',
    })
  }
}

/** Accepts that a role may ask ECR for a token, which names no resource. */
export function acceptRegistryToken(role: iam.IRole): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'ecr:GetAuthorizationToken takes no resource; all else in this policy names one.',
  })
}

/** The function with which the CDK itself sets the notifications of buckets, once a stack. */
const notificationsHandler = 'BucketNotificationsHandler050a0587b7544547bf325f094a3db834'

/** Accepts what the CDK's own handler of bucket notifications brings along. */
export function acceptNotificationsHandler(scope: Construct): void {
  const handler = Stack.of(scope).node.tryFindChild(notificationsHandler)
  if (!handler) return
  const reason =
    "The CDK's own handler, whose role the CDK writes; it runs only during deployments."
  const logs = awsManagedPolicy('service-role/AWSLambdaBasicExecutionRole')
  Validations.of(handler).acknowledge(
    { id: `AwsSolutions-IAM4[Policy::${logs}]`, reason },
    { id: 'AwsSolutions-IAM5[Resource::*]', reason },
  )
}

/** How findings spell the ARN of one of AWS's own policies. */
export function awsManagedPolicy(name: string): string {
  return `arn:<AWS::Partition>:iam::aws:policy/${name}`
}

/** How findings spell a resolved ARN: intrinsic functions as names in angle brackets. */
function inWords(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved
  const [name, argument] = Object.entries(resolved as object)[0] as [string, unknown]
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]]
    return parts.map(inWords).join(separator)
  }
  return JSON.stringify(resolved)
}
