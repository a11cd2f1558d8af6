import type { Stack } from 'aws-cdk-lib'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as route53 from 'aws-cdk-lib/aws-route53'
import * as s3 from 'aws-cdk-lib/aws-s3'
import * as sns from 'aws-cdk-lib/aws-sns'
import type { RightsizeProps } from '../../../infra/aws/props.ts'

/** Every prop that does not exclude another, and none at its default. */
export function everyProp(stack: Stack): Required<Omit<RightsizeProps, 'natGateways'>> {
  return {
    allowedDimensions: ['64x64', '640x480'],
    allowedImageTypes: ['.webp', '.png'],
    keyPrefixes: ['img/', 'img/team/', 'blog/img/'],
    cacheControl: 'public, max-age=86400',
    invalidation: 'on-change',
    cacheTags: true,
    cpu: 4096,
    memory: 8192,
    minTasks: 3,
    maxTasks: 30,
    limits: {
      deadlineMs: 20_000,
      maxOriginalBytes: 20_000_000,
      maxPixels: 30_000_000,
      maxFrames: 10,
      maxSide: 2048,
      maxOutputBytes: 5_000_000,
      concurrency: 6,
      queueLimit: 60,
      memoryBudget: 500_000_000,
    },
    logLevel: 'warn',
    image: ecs.ContainerImage.fromRegistry('registry.example.com/rightsize:1'),
    throttle: { rate: 50, burst: 70 },
    originalBucket: s3.Bucket.fromBucketName(stack, 'Uploads', 'example-uploads'),
    removeOrigin: false,
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Shared', {
      vpcId: 'vpc-0123456789abcdef0',
      vpcCidrBlock: '10.1.0.0/16',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      privateSubnetIds: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef1', 'rtb-0123456789abcdef2'],
    }),
    domain: {
      name: 'images.example.com',
      certificate: acm.Certificate.fromCertificateArn(
        stack,
        'Certificate',
        'arn:aws:acm:us-east-1:111122223333:certificate/11112222-3333-4444-5555-666677778888',
      ),
      hostedZone: route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
        hostedZoneId: 'Z123',
        zoneName: 'example.com',
      }),
    },
    accessLogs: true,
    logRetention: RetentionDays.ONE_WEEK,
    apiLogsRole: false,
    alarmTopic: new sns.Topic(stack, 'Pager', { enforceSSL: true }),
    alarmEmail: 'ops@example.com',
  }
}
