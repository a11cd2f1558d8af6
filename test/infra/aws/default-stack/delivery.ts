import t from 'tap'
import { cacheTtl, errorCachingMinTtl } from '../../../../infra/flow.ts'
import { inWords, propertiesOf } from '../synthesised.ts'
import { template, warnings } from './default-stack.ts'

const apiHost = '<ImagesApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>'
const secret = '{{resolve:secretsmanager:<ImagesOriginSecret>:SecretString:::}}'

t.test('synthesis warns of nothing', async (t) => {
  t.same(warnings, [])
})

t.test('the website sends a missing variant to the API, for 404 and for 403', async (t) => {
  const { WebsiteConfiguration } = propertiesOf(template, 'AWS::S3::Bucket', /OriginBucket/)
  const { RoutingRules, IndexDocument, ErrorDocument } = WebsiteConfiguration
  t.same([IndexDocument, ErrorDocument], ['index.html', '404.html'])
  t.equal(RoutingRules.length, 2)
  for (const [index, error] of ['404', '403'].entries()) {
    const { RedirectRule, RoutingRuleCondition } = RoutingRules[index]
    t.same(RoutingRuleCondition, { HttpErrorCodeReturnedEquals: error, KeyPrefixEquals: 'img/' })
    t.equal(inWords(RedirectRule.HostName), apiHost)
    t.match(RedirectRule, {
      Protocol: 'https',
      HttpRedirectCode: '307',
      ReplaceKeyPrefixWith: 'prod?key=img/',
    })
  }
})

t.test('the website answers only who says the secret, and all others need HTTPS', async (t) => {
  const { PolicyDocument } = propertiesOf(template, 'AWS::S3::BucketPolicy', /OriginBucket/)
  const statements: { Sid?: string; Action: string; Condition: Record<string, never> }[] =
    PolicyDocument.Statement
  const open = statements.filter(
    (statement) => (statement as { Principal?: { AWS?: unknown } }).Principal?.AWS === '*',
  )
  t.same(
    open.map(({ Sid }) => Sid),
    ['WebsiteForTheDistribution', 'HttpsForAllOthers'],
    'no other statement is for everybody',
  )
  const [allow, deny] = open as [(typeof open)[0], (typeof open)[0]]
  t.match(allow, { Effect: 'Allow', Action: 's3:GetObject' })
  t.equal(inWords(allow.Condition.StringEquals?.['aws:Referer']), secret)
  t.same(Object.keys(allow.Condition), ['StringEquals'])
  t.match(deny, {
    Effect: 'Deny',
    Action: 's3:*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  })
  t.equal(inWords(deny.Condition.StringNotEquals?.['aws:Referer']), secret)
})

t.test(
  'the origin bucket has versions, so that every change has an event, for a day',
  async (t) => {
    t.match(propertiesOf(template, 'AWS::S3::Bucket', /OriginBucket/), {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [
          { NoncurrentVersionExpiration: { NoncurrentDays: 1 }, ExpiredObjectDeleteMarker: true },
        ],
      },
    })
  },
)

t.test('the origin bucket takes no ACL and lets only its policy open it', async (t) => {
  t.match(propertiesOf(template, 'AWS::S3::Bucket', /OriginBucket/), {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
      ],
    },
  })
})

t.test('the bucket of originals is private, versioned and outlives the stack', async (t) => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    },
  })
  const buckets = Object.values(template.findResources('AWS::S3::Bucket'))
  t.same(buckets.map(({ DeletionPolicy }) => DeletionPolicy).sort(), ['Delete', 'Retain'])
})

t.test('the distribution reads the website endpoint and says the secret', async (t) => {
  const { DistributionConfig } = propertiesOf(template, 'AWS::CloudFront::Distribution')
  const [origin] = DistributionConfig.Origins
  t.match(JSON.stringify(origin.DomainName), /ImagesOriginBucket\w+","WebsiteURL"/)
  t.equal(origin.CustomOriginConfig.OriginProtocolPolicy, 'http-only')
  t.equal(origin.OriginCustomHeaders[0].HeaderName, 'Referer')
  t.equal(inWords(origin.OriginCustomHeaders[0].HeaderValue), secret)
  t.match(DistributionConfig.DefaultCacheBehavior, {
    ViewerProtocolPolicy: 'redirect-to-https',
    AllowedMethods: ['GET', 'HEAD'],
    Compress: false,
  })
  t.equal(inWords(DistributionConfig.DefaultCacheBehavior.CachePolicyId), '<ImagesCdnCachePolicy>')
  t.same(
    DistributionConfig.CustomErrorResponses,
    [403, 404, 500, 502, 503, 504].map((ErrorCode) => ({
      ErrorCode,
      ErrorCachingMinTTL: errorCachingMinTtl,
    })),
  )
  t.notOk(DistributionConfig.CacheTagConfig, 'cache tags are off')
})

t.test('the cache policy keeps what says how long, and nothing else', async (t) => {
  const { CachePolicyConfig } = propertiesOf(template, 'AWS::CloudFront::CachePolicy')
  t.match(CachePolicyConfig, {
    MinTTL: cacheTtl.min,
    DefaultTTL: cacheTtl.default,
    MaxTTL: cacheTtl.max,
    ParametersInCacheKeyAndForwardedToOrigin: {
      CookiesConfig: { CookieBehavior: 'none' },
      HeadersConfig: { HeaderBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: 'none' },
    },
  })
  t.same([CachePolicyConfig.MinTTL, CachePolicyConfig.DefaultTTL], [0, 0])
  t.equal(CachePolicyConfig.MaxTTL, 31_536_000)
})

t.test('the secret is made at deployment', async (t) => {
  const { GenerateSecretString, SecretString } = propertiesOf(
    template,
    'AWS::SecretsManager::Secret',
  )
  t.same(GenerateSecretString, { ExcludePunctuation: true, PasswordLength: 48 })
  t.equal(SecretString, undefined)
})
