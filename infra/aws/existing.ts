import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as route53 from 'aws-cdk-lib/aws-route53'
import * as s3 from 'aws-cdk-lib/aws-s3'
import * as sns from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { ContextValues } from './context.ts'
import type { RightsizeDomain, RightsizeProps } from './props.ts'
import { defaultThrottle } from './settings.ts'

/** The props that `values` say, with what exists already looked up by its identifier. */
export function propsFrom(scope: Construct, values: ContextValues): RightsizeProps {
  const { originalBucketName, vpcId, alarmTopicArn, ...plain } = values
  return {
    ...plain,
    limits: group(values, 'limits'),
    throttle: throttleFrom(values),
    domain: domainFrom(scope, values),
    originalBucket:
      originalBucketName === undefined
        ? undefined
        : s3.Bucket.fromBucketName(scope, 'ExistingOriginals', originalBucketName),
    vpc: vpcId === undefined ? undefined : ec2.Vpc.fromLookup(scope, 'ExistingVpc', { vpcId }),
    alarmTopic:
      alarmTopicArn === undefined
        ? undefined
        : sns.Topic.fromTopicArn(scope, 'ExistingTopic', alarmTopicArn),
  }
}

function group(values: ContextValues, name: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, value]) => [key.slice(name.length + 1), value as number]),
  )
}

function throttleFrom(values: ContextValues): RightsizeProps['throttle'] {
  const { 'throttle.rate': rate = defaultThrottle.rate, 'throttle.burst': burst = 2 * rate } =
    values
  return { rate, burst }
}

function domainFrom(scope: Construct, values: ContextValues): RightsizeDomain | undefined {
  const name = values['domain.name']
  const certificateArn = values['domain.certificateArn']
  const hostedZoneId = values['domain.hostedZoneId']
  if ([name, certificateArn, hostedZoneId].every((value) => value === undefined)) return undefined
  if (name === undefined || certificateArn === undefined) {
    throw new Error('domain.name and domain.certificateArn: must be given together')
  }
  return {
    name,
    certificate: acm.Certificate.fromCertificateArn(scope, 'ExistingCertificate', certificateArn),
    hostedZone:
      hostedZoneId === undefined
        ? undefined
        : route53.HostedZone.fromHostedZoneAttributes(scope, 'ExistingZone', {
            hostedZoneId,
            zoneName: name.slice(name.indexOf('.') + 1),
          }),
  }
}
