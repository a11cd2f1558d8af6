import { Duration, Validations } from 'aws-cdk-lib'
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront'
import { S3StaticWebsiteOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import * as route53 from 'aws-cdk-lib/aws-route53'
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets'
import type * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { metadataNames } from '../../service/provenance.ts'
import { cacheTtl, errorCachingMinTtl } from '../flow.ts'
import type { OriginSecret } from './origin-secret.ts'
import type { RightsizeDomain } from './props.ts'

interface ImageDistributionProps {
  originBucket: s3.IBucket
  secret: OriginSecret
  cacheTags: boolean
  domain: RightsizeDomain | undefined
  accessLogs: s3.IBucket | undefined
}

const errors = [403, 404, 500, 502, 503, 504]

/** Where viewers ask: CloudFront in front of the origin bucket's website endpoint. */
export class ImageDistribution extends Construct {
  readonly distribution: cloudfront.Distribution
  /** Where viewers find it, without a slash at its end. */
  readonly url: string

  constructor(scope: Construct, id: string, props: ImageDistributionProps) {
    super(scope, id)
    const { domain, accessLogs } = props
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Images, resized on demand',
      defaultBehavior: {
        origin: new S3StaticWebsiteOrigin(props.originBucket, {
          customHeaders: { [props.secret.headerName]: props.secret.value },
        }),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: this.cachePolicy(),
        compress: false,
      },
      errorResponses: errors.map((httpStatus) => ({
        httpStatus,
        ttl: Duration.seconds(errorCachingMinTtl),
      })),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(domain && {
        domainNames: [domain.name],
        certificate: domain.certificate,
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      ...(accessLogs && { enableLogging: true, logBucket: accessLogs, logFilePrefix: 'cdn/' }),
    })
    this.url = `https://${domain?.name ?? this.distribution.distributionDomainName}`
    if (props.cacheTags) this.readCacheTags()
    if (domain?.hostedZone) this.nameIn(domain.hostedZone, domain.name)
    this.acceptFindings(props)
  }

  /** Keeps what says how long: images, and neither redirects nor errors of the flow. */
  private cachePolicy(): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, 'CachePolicy', {
      comment: 'Cache-Control decides; answers without it, such as redirects, are not kept',
      minTtl: Duration.seconds(cacheTtl.min),
      defaultTtl: Duration.seconds(cacheTtl.default),
      maxTtl: Duration.seconds(cacheTtl.max),
      cookieBehavior: cloudfront.CacheCookieBehavior.none(),
      headerBehavior: cloudfront.CacheHeaderBehavior.none(),
      queryStringBehavior: cloudfront.CacheQueryStringBehavior.none(),
    })
  }

  /** S3 sends user metadata as headers; `Distribution` itself has no prop for this one yet. */
  private readCacheTags(): void {
    const config: cloudfront.CfnDistribution.CacheTagConfigProperty = {
      headerName: `x-amz-meta-${metadataNames.cacheTag}`,
    }
    const resource = this.distribution.node.defaultChild as cloudfront.CfnDistribution
    resource.addPropertyOverride('DistributionConfig.CacheTagConfig.HeaderName', config.headerName)
  }

  private nameIn(zone: route53.IHostedZone, name: string): void {
    const record = {
      zone,
      recordName: `${name}.`,
      target: route53.RecordTarget.fromAlias(new CloudFrontTarget(this.distribution)),
    }
    new route53.ARecord(this, 'Ipv4', record)
    new route53.AaaaRecord(this, 'Ipv6', record)
  }

  private acceptFindings({ domain, accessLogs }: ImageDistributionProps): void {
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Images are for viewers everywhere.' },
      {
        id: 'AwsSolutions-CFR2',
        reason: 'Only GET and HEAD of static objects pass; query strings and bodies reach nothing.',
      },
      {
        id: 'AwsSolutions-CFR5',
        reason: 'A website endpoint speaks no HTTPS, so that no TLS version is ever negotiated.',
      },
    )
    if (!domain) {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason:
          "CloudFront's own certificate comes with its own TLS policy; the prop domain sets one.",
      })
    }
    if (!accessLogs) {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR3',
        reason:
          'Access logs hold addresses of viewers and cost money; the prop accessLogs makes them.',
      })
    }
  }
}
