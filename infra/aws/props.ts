import type * as acm from 'aws-cdk-lib/aws-certificatemanager'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import type * as logs from 'aws-cdk-lib/aws-logs'
import type * as route53 from 'aws-cdk-lib/aws-route53'
import type * as s3 from 'aws-cdk-lib/aws-s3'
import type * as sns from 'aws-cdk-lib/aws-sns'

/** What can be said of a `Rightsize`; everything has a default. */
export interface RightsizeProps {
  /**
   * Dimensions that may be asked for, such as `['150x200']`; `'*'` allows all up to
   * `limits.maxSide`.
   * @default the service's own list, `defaultDimensions` in service/config.ts
   */
  readonly allowedDimensions?: readonly string[] | '*'
  /**
   * Extensions that may be asked for, with their dot.
   * @default the service's own list, `defaultImageTypes` in service/config.ts
   */
  readonly allowedImageTypes?: readonly string[]
  /**
   * Folders of the buckets that hold images, each with a slash at its end; at most 25, because a
   * website takes 50 routing rules and each prefix needs two. Together at most 2,000 characters.
   * @default ['img/']
   */
  readonly keyPrefixes?: readonly string[]
  /**
   * `Cache-Control` of every image, for browsers and for CloudFront; at most 1,000 characters.
   * @default 'public, max-age=604800'
   */
  readonly cacheControl?: string
  /**
   * What is invalidated in CloudFront: `every-write` every variant written and all that a change
   * drops, `on-change` only what a change drops, `off` nothing.
   * @default 'every-write'
   */
  readonly invalidation?: 'every-write' | 'on-change' | 'off'
  /**
   * Whether an original and its variants share a cache tag, which is invalidated in place of
   * the variants' paths.
   * @default false
   */
  readonly cacheTags?: boolean

  /**
   * Processors of a task in units of 1/1024; Fargate has 256, 512, 1024, 2048, 4096, 8192, 16384.
   * @default 1024
   */
  readonly cpu?: number
  /**
   * Memory of a task in MiB; what Fargate offers depends on `cpu`.
   * @default 2048
   */
  readonly memory?: number
  /**
   * Tasks that always run; two stand in two availability zones.
   * @default 2
   */
  readonly minTasks?: number
  /**
   * Tasks that may run under load.
   * @default 10
   */
  readonly maxTasks?: number
  /**
   * Limits of the service.
   * @default the service's own, for tasks of `cpu` and `memory`
   */
  readonly limits?: ServiceLimits
  /**
   * What the service logs: fatal, error, warn, info, debug, trace or silent.
   * @default 'info'
   */
  readonly logLevel?: string
  /**
   * The image of the service, for Linux on ARM64.
   * @default built from this project's Dockerfile when the stack is deployed
   */
  readonly image?: ecs.ContainerImage
  /**
   * Requests a second, and at once, that the API lets through; over that it answers 429.
   * @default { rate: 500, burst: 1000 }
   */
  readonly throttle?: { readonly rate: number; readonly burst: number }

  /**
   * A bucket of originals that exists already, in the same account and region.
   * @default a new private, versioned bucket, which outlives the stack
   */
  readonly originalBucket?: s3.IBucket
  /**
   * Whether the origin bucket and all in it go with the stack; everything in it can be made again
   * from the originals.
   * @default true
   */
  readonly removeOrigin?: boolean
  /**
   * A network that exists already. Tasks go into its private subnets with a way out, or else into
   * its public ones. It should have a gateway endpoint for S3.
   * @default a new one over two availability zones with a gateway endpoint for S3
   */
  readonly vpc?: ec2.IVpc
  /**
   * NAT gateways of the new network, at most one for each of its two zones. With none, tasks stand
   * in public subnets with addresses of their own, and only the load balancer reaches them.
   * @default 0
   */
  readonly natGateways?: number

  /**
   * The distribution's own name.
   * @default its name below cloudfront.net
   */
  readonly domain?: RightsizeDomain
  /**
   * Whether CloudFront and the buckets log every access to a bucket of logs. Such logs hold the
   * addresses of viewers.
   * @default false
   */
  readonly accessLogs?: boolean
  /**
   * How long logs are kept.
   * @default one month
   */
  readonly logRetention?: logs.RetentionDays
  /**
   * Whether to let API Gateway write logs, which is one setting for the whole account and region.
   * Say false where another stack has set it.
   * @default true
   */
  readonly apiLogsRole?: boolean
  /**
   * Who is told of alarms.
   * @default a topic of its own when `alarmEmail` is given, or else nobody
   */
  readonly alarmTopic?: sns.ITopic
  /**
   * An e-mail address that is told of alarms, once it has confirmed.
   * @default none
   */
  readonly alarmEmail?: string
}

/** The name under which viewers find the images. */
export interface RightsizeDomain {
  /** Such as `images.example.com`. */
  readonly name: string
  /** For that name, in us-east-1: the only region whose certificates CloudFront takes. */
  readonly certificate: acm.ICertificate
  /**
   * Where the name's records are made.
   * @default none are made
   */
  readonly hostedZone?: route53.IHostedZone
}

/** Limits of the service; what each means and what it is by default stands in service/config.ts. */
interface ServiceLimits {
  /** Milliseconds for a request; below the 29 s of API Gateway. */
  readonly deadlineMs?: number
  readonly maxOriginalBytes?: number
  readonly maxPixels?: number
  readonly maxFrames?: number
  readonly maxSide?: number
  /** Bytes of an answer; at most the 10 MiB that API Gateway passes on. */
  readonly maxOutputBytes?: number
  readonly concurrency?: number
  readonly queueLimit?: number
  /** Bytes that originals and their decoded pixels may take at once. */
  readonly memoryBudget?: number
}
