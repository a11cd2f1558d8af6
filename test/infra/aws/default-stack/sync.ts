import t from 'tap'
import { allowedBy, inWords, propertiesOf } from '../synthesised.ts'
import { template } from './default-stack.ts'

/** What means that an object is gone: in the origin bucket, old versions that expire do not. */
const expiration = (bucket: string) =>
  bucket === '<ImagesOriginBucket>'
    ? 's3:LifecycleExpiration:DeleteMarkerCreated'
    : 's3:LifecycleExpiration:*'

t.test('events of both buckets below the prefix reach the one queue', async (t) => {
  const watched = Object.values(template.findResources('Custom::S3BucketNotifications'))
  t.same(watched.map(({ Properties }) => inWords(Properties.BucketName)).sort(), [
    '<ImagesOriginBucket>',
    '<ImagesOriginalBucket>',
  ])
  for (const { Properties } of watched) {
    const configurations = Properties.NotificationConfiguration.QueueConfigurations
    t.same(
      configurations.flatMap(({ Events }: { Events: string[] }) => Events),
      ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', expiration(inWords(Properties.BucketName))],
    )
    for (const { QueueArn, Filter } of configurations) {
      t.equal(inWords(QueueArn), '<ImagesSyncQueue.Arn>')
      t.same(Filter.Key.FilterRules, [{ Name: 'prefix', Value: 'img/' }])
    }
  }
})

t.test(
  'a stack that goes empties the origin bucket when no event tells of it any more',
  async (t) => {
    // What depends on another is deleted before it.
    const found = Object.entries(template.findResources('Custom::S3BucketNotifications'))
    const [, notifications] = found.find(([id]) => id.includes('OriginBucket')) ?? []
    const [emptying] = Object.keys(template.findResources('Custom::S3AutoDeleteObjects'))
    t.ok(notifications?.DependsOn.includes(emptying))
  },
)

t.test('what fails five times is kept for 14 days', async (t) => {
  const queue = propertiesOf(template, 'AWS::SQS::Queue', /SyncQueue/)
  t.equal(queue.VisibilityTimeout, 6 * 60)
  t.equal(queue.RedrivePolicy.maxReceiveCount, 5)
  t.equal(inWords(queue.RedrivePolicy.deadLetterTargetArn), '<ImagesSyncDeadLetters.Arn>')
  t.equal(
    propertiesOf(template, 'AWS::SQS::Queue', /DeadLetters/).MessageRetentionPeriod,
    14 * 24 * 60 * 60,
  )
})

t.test('the function takes batches and reports the messages that failed', async (t) => {
  const mapping = propertiesOf(template, 'AWS::Lambda::EventSourceMapping')
  t.equal(inWords(mapping.EventSourceArn), '<ImagesSyncQueue.Arn>')
  t.match(mapping, {
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  })
  const settings = propertiesOf(template, 'AWS::Lambda::Function', /SyncFunction/)
  t.match(settings, {
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    Timeout: 60,
  })
  const variables = Object.entries(settings.Environment.Variables)
  t.same(Object.fromEntries(variables.map(([name, value]) => [name, inWords(value)])), {
    BUCKET: '<ImagesOriginBucket>',
    ORIGINAL_BUCKET: '<ImagesOriginalBucket>',
    CF_DistributionId: '<ImagesCdnDistribution>',
    KEY_PREFIXES: 'img/',
    CACHE_CONTROL: 'public, max-age=604800',
    INVALIDATION: 'every-write',
    CACHE_TAGS: 'false',
  })
})

t.test('the function may do what the flow needs, and no more', async (t) => {
  const { ManagedPolicyArns } = propertiesOf(template, 'AWS::IAM::Role', /SyncRole/)
  t.equal(ManagedPolicyArns, undefined)
  t.same(allowedBy(template, /SyncRole/), [
    'Allow logs:CreateLogStream logs:PutLogEvents on <ImagesSyncLog.Arn>',
    'Allow sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage on <ImagesSyncQueue.Arn>',
    'Allow s3:GetObject on <ImagesOriginalBucket.Arn>/img/*',
    'Allow s3:ListBucket on <ImagesOriginBucket.Arn> <ImagesOriginalBucket.Arn>',
    'Allow s3:DeleteObject s3:GetObject s3:PutObject on <ImagesOriginBucket.Arn>/img/*',
    'Allow cloudfront:CreateInvalidation on arn:<AWS::Partition>:cloudfront::<AWS::AccountId>:distribution/<ImagesCdnDistribution>',
  ])
})
