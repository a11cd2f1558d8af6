import t from 'tap'
import { everyProp } from './every-prop.ts'
import { allowedBy, inWords, propertiesOf, synthesise, taskEnvironment } from './synthesised.ts'

const { template, warnings } = synthesise(everyProp)

t.test('synthesis warns of nothing', async (t) => {
  t.same(warnings, [])
})

t.test('the service gets every setting', async (t) => {
  t.match(taskEnvironment(template), {
    BUCKET: '<ImagesOriginBucket>',
    ALLOWED_DIMENSIONS: '64x64,640x480',
    ALLOWED_IMAGE_TYPES: '.webp,.png',
    KEY_PREFIXES: 'img/,img/team/,blog/img/',
    CACHE_CONTROL: 'public, max-age=86400',
    INVALIDATION: 'on-change',
    CACHE_TAGS: 'true',
    LOG_LEVEL: 'warn',
    DEADLINE_MS: '20000',
    MAX_ORIGINAL_BYTES: '20000000',
    MAX_PIXELS: '30000000',
    MAX_FRAMES: '10',
    MAX_SIDE: '2048',
    MAX_OUTPUT_BYTES: '5000000',
    CONCURRENCY: '6',
    QUEUE_LIMIT: '60',
    MEMORY_BUDGET: '500000000',
    CDN_URL: 'https://images.example.com',
  })
})

t.test('each prefix has its rules, the longest first', async (t) => {
  const { WebsiteConfiguration } = propertiesOf(template, 'AWS::S3::Bucket', /OriginBucket/)
  t.same(
    WebsiteConfiguration.RoutingRules.map(
      (rule: {
        RedirectRule: { ReplaceKeyPrefixWith: string }
        RoutingRuleCondition: { HttpErrorCodeReturnedEquals: string }
      }) =>
        `${rule.RoutingRuleCondition.HttpErrorCodeReturnedEquals} ${rule.RedirectRule.ReplaceKeyPrefixWith}`,
    ),
    [
      '404 prod?key=img/team/',
      '403 prod?key=img/team/',
      '404 prod?key=blog/img/',
      '403 prod?key=blog/img/',
      '404 prod?key=img/',
      '403 prod?key=img/',
    ],
  )
})

t.test('roles reach every prefix, and the existing bucket', async (t) => {
  const [objects] = allowedBy(template, /TaskRole/)
  for (const prefix of ['img/', 'img/team/', 'blog/img/']) {
    t.ok(objects?.includes(`<ImagesOriginBucket.Arn>/${prefix}*`), prefix)
  }
  t.ok(
    allowedBy(template, /SyncRole/).includes(
      'Allow s3:ListBucket on <ImagesOriginBucket.Arn> arn:<AWS::Partition>:s3:::example-uploads',
    ),
  )
})

t.test('an existing bucket of originals keeps what else it notifies', async (t) => {
  template.resourceCountIs('Custom::S3BucketNotifications', 2)
  const { Managed, NotificationConfiguration } = propertiesOf(
    template,
    'Custom::S3BucketNotifications',
    /Uploads/,
  )
  t.equal(Managed, false)
  const prefixes = NotificationConfiguration.QueueConfigurations.map(
    ({ Filter }: { Filter: { Key: { FilterRules: [{ Value: string }] } } }) =>
      Filter.Key.FilterRules[0].Value,
  )
  t.same([...new Set(prefixes)], ['img/', 'blog/img/'], 'none lies within another')
  const buckets = Object.keys(template.findResources('AWS::S3::Bucket'))
  t.notOk(buckets.some((id) => id.includes('Original')))
})

t.test('the distribution has its name, certificate, records, logs and cache tags', async (t) => {
  const { DistributionConfig } = propertiesOf(template, 'AWS::CloudFront::Distribution')
  t.match(DistributionConfig, {
    Aliases: ['images.example.com'],
    ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' },
    CacheTagConfig: { HeaderName: 'x-amz-meta-cache-tag' },
    Logging: { Prefix: 'cdn/' },
  })
  const records = Object.values(template.findResources('AWS::Route53::RecordSet'))
  t.same(records.map(({ Properties }) => Properties.Type).sort(), ['A', 'AAAA'])
  for (const { Properties } of records) t.equal(Properties.Name, 'images.example.com.')
})

t.test('accesses are logged to a bucket that forgets them with the logs', async (t) => {
  const logs = propertiesOf(template, 'AWS::S3::Bucket', /AccessLogs/)
  t.match(logs.LifecycleConfiguration.Rules, [{ ExpirationInDays: 7 }])
  const origin = propertiesOf(template, 'AWS::S3::Bucket', /OriginBucket/)
  t.equal(origin.LoggingConfiguration.LogFilePrefix, 'origin/')
  for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
    t.equal(Properties.RetentionInDays, 7)
  }
})

t.test('the origin bucket stays when told to', async (t) => {
  template.resourceCountIs('Custom::S3AutoDeleteObjects', 0)
  const policies = Object.values(template.findResources('AWS::S3::Bucket')).map(
    ({ DeletionPolicy }) => DeletionPolicy,
  )
  t.same(policies, ['Retain', 'Retain'])
})

t.test('tasks have the asked size and image, in the private subnets of the network', async (t) => {
  const task = propertiesOf(template, 'AWS::ECS::TaskDefinition')
  t.match(task, { Cpu: '4096', Memory: '8192' })
  t.equal(task.ContainerDefinitions[0].Image, 'registry.example.com/rightsize:1')
  t.match(propertiesOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget'), {
    MinCapacity: 3,
    MaxCapacity: 30,
  })
  template.resourceCountIs('AWS::EC2::VPC', 0)
  const { AwsvpcConfiguration } = propertiesOf(template, 'AWS::ECS::Service').NetworkConfiguration
  t.match(AwsvpcConfiguration, {
    AssignPublicIp: 'DISABLED',
    Subnets: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
  })
})

t.test('the API is throttled as asked and leaves the role of the account alone', async (t) => {
  t.match(propertiesOf(template, 'AWS::ApiGateway::Stage').MethodSettings, [
    { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 70 },
  ])
  template.resourceCountIs('AWS::ApiGateway::Account', 0)
})

t.test('every alarm tells the topic, and the topic the e-mail address', async (t) => {
  for (const [id, { Properties }] of Object.entries(
    template.findResources('AWS::CloudWatch::Alarm'),
  )) {
    t.match(inWords(Properties.AlarmActions), /^<Pager/, id)
  }
  t.match(propertiesOf(template, 'AWS::SNS::Subscription'), {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  })
})
