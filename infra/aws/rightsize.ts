import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { AccessLogs } from './access-logs.ts'
import { Alarms } from './alarms.ts'
import { Dashboard } from './dashboard.ts'
import { allowInvalidating, allowReading, allowReadingAndWriting } from './grants.ts'
import { ImageApi } from './image-api.ts'
import { ImageDistribution } from './image-distribution.ts'
import { ImageService } from './image-service.ts'
import { LoadBalancer } from './load-balancer.ts'
import { Network } from './network.ts'
import { OriginBucket } from './origin-bucket.ts'
import { OriginSecret } from './origin-secret.ts'
import { OriginalBucket } from './original-bucket.ts'
import type { RightsizeProps } from './props.ts'
import { type RightsizeSettings, settingsOf } from './settings.ts'
import { signalsOf } from './signals.ts'
import { Sync } from './sync.ts'

/** On-demand image resizing: buckets, distribution, API, service and sync, as one construct. */
export class Rightsize extends Construct {
  /** Where originals are uploaded. */
  readonly originalBucket: s3.IBucket
  /** What CloudFront reads: copies of the originals, and their variants. */
  readonly originBucket: s3.Bucket
  readonly distribution: cloudfront.Distribution
  /** Where viewers ask, without a slash at its end. */
  readonly url: string
  readonly api: ImageApi
  readonly service: ecs.FargateService
  readonly sync: Sync
  readonly alarms: Alarms
  readonly dashboard: Dashboard

  /** @throws Error that names every prop at fault and what is allowed */
  constructor(scope: Construct, id: string, props: RightsizeProps = {}) {
    super(scope, id)
    const settings = settingsOf(props)
    const { keyPrefixes, port } = settings
    const { domain, logRetention = RetentionDays.ONE_MONTH } = props
    const accessLogs = props.accessLogs
      ? new AccessLogs(this, 'AccessLogs', { retention: logRetention }).bucket
      : undefined

    this.originalBucket =
      props.originalBucket ?? new OriginalBucket(this, 'Original', { accessLogs }).bucket
    this.api = new ImageApi(this, 'Api', {
      throttle: settings.throttle,
      logRetention,
      logsRole: props.apiLogsRole ?? true,
    })
    const secret = new OriginSecret(this, 'OriginSecret')
    const originBucket = new OriginBucket(this, 'Origin', {
      keyPrefixes,
      apiHost: this.api.host,
      secret,
      remove: props.removeOrigin ?? true,
      accessLogs,
    }).bucket
    this.originBucket = originBucket
    const { cacheTags } = settings
    const cdnProps = { originBucket, secret, cacheTags, domain, accessLogs }
    const { distribution, url } = new ImageDistribution(this, 'Cdn', cdnProps)
    this.distribution = distribution
    this.url = url

    const shared = this.environmentOf(settings)
    const { vpc, natGateways = 0, image } = props
    const network = new Network(this, 'Network', { vpc, natGateways })
    const environment = { ...shared, ...settings.serviceEnvironment, CDN_URL: url }
    const serviceProps = { network, settings, image, environment, logRetention }
    const service = new ImageService(this, 'Service', serviceProps)
    this.service = service.service
    const balancerProps = { network, service: this.service, port }
    const loadBalancer = new LoadBalancer(this, 'LoadBalancer', balancerProps)
    this.api.proxyTo(loadBalancer.balancer)

    this.sync = new Sync(this, 'Sync', {
      environment: { ...shared, ORIGINAL_BUCKET: this.originalBucket.bucketName },
      logRetention,
    })
    this.sync.watch(this.originalBucket, keyPrefixes, s3.EventType.LIFECYCLE_EXPIRATION)
    // That old versions expire is no news: only what was current can be in the cache.
    const expired = s3.EventType.LIFECYCLE_EXPIRATION_DELETE_MARKER_CREATED
    this.sync.watch(originBucket, keyPrefixes, expired)
    this.grant(service, settings)

    const signals = signalsOf({ api: this.api, service, loadBalancer, sync: this.sync })
    const { alarmTopic: topic, alarmEmail: email } = props
    this.alarms = new Alarms(this, 'Alarms', { signals, topic, email })
    const { distributionId } = distribution
    this.dashboard = new Dashboard(this, 'Dashboard', { signals, distributionId })
  }

  /** What the service and the sync Lambda read alike. */
  private environmentOf({ sharedEnvironment }: RightsizeSettings): Record<string, string> {
    return {
      BUCKET: this.originBucket.bucketName,
      CF_DistributionId: this.distribution.distributionId,
      ...sharedEnvironment,
    }
  }

  private grant(service: ImageService, { keyPrefixes, invalidation }: RightsizeSettings): void {
    const task = service.taskDefinition.taskRole
    const sync = this.sync.role
    allowReading(sync, this.originalBucket, keyPrefixes)
    for (const role of [task, sync]) {
      allowReadingAndWriting(role, this.originBucket, keyPrefixes)
      if (invalidation !== 'off') allowInvalidating(role, this.distribution)
    }
  }
}
