import { readFileSync } from 'node:fs'
import { App, Stack } from 'aws-cdk-lib'
import t from 'tap'
import { readContext } from '../../../infra/aws/context.ts'
import { propsFrom } from '../../../infra/aws/existing.ts'

function read(context: Record<string, unknown>) {
  return readContext(new App({ context }).node)
}

t.test('the command line says texts, cdk.json JSON, and both mean the same', async (t) => {
  const fromCommandLine = read({
    allowedDimensions: '64x64, 640x480',
    cacheTags: 'true',
    maxTasks: '4',
    logRetention: '7',
    'limits.maxPixels': '1000',
    'domain.name': 'images.example.com',
  })
  const fromFile = read({
    rightsize: {
      allowedDimensions: ['64x64', '640x480'],
      cacheTags: true,
      maxTasks: 4,
      logRetention: 7,
      limits: { maxPixels: 1000 },
      domain: { name: 'images.example.com' },
    },
  })
  t.same(fromCommandLine, fromFile)
  t.same(fromFile, {
    allowedDimensions: ['64x64', '640x480'],
    cacheTags: true,
    maxTasks: 4,
    logRetention: 7,
    'limits.maxPixels': 1000,
    'domain.name': 'images.example.com',
  })
})

t.test('the command line wins', async (t) => {
  t.same(read({ rightsize: { maxTasks: 4 }, maxTasks: '5' }), { maxTasks: 5 })
})

t.test('nothing said is nothing set', async (t) => {
  t.same(read({}), {})
  t.same(read({ rightsize: {} }), {})
})

t.test('any dimensions', async (t) => {
  t.same(read({ allowedDimensions: '*' }), { allowedDimensions: '*' })
})

t.test('wrong values are all named, with what is allowed', async (t) => {
  const context = {
    rightsize: { maxTask: 4, limits: { pixels: 1 }, keyPrefixes: 7 },
    minTasks: 'two',
    cacheTags: 'yes',
    logRetention: '8',
    cacheControl: '',
    alarmTopicArn: 'pager',
    originalBucketName: 'My_Bucket',
    'domain.certificateArn': '11112222-3333',
  }
  try {
    read(context)
    t.fail('nothing was thrown')
  } catch (error) {
    const { message } = error as Error
    t.match(message, /^ {2}maxTask: is none of allowedDimensions, /m)
    t.match(message, /^ {2}limits\.pixels: is none of /m)
    t.match(message, /^ {2}keyPrefixes: must be a list, or a text with commas, not 7$/m)
    t.match(message, /^ {2}minTasks: must be a number, not "two"$/m)
    t.match(message, /^ {2}cacheTags: must be true or false, not "yes"$/m)
    t.match(message, /^ {2}logRetention: must be days: one of 1, 3, .*, not "8"$/m)
    t.match(message, /^ {2}cacheControl: must be a text, not ""$/m)
    t.match(message, /^ {2}alarmTopicArn: must be an ARN, arn:aws:…, not "pager"$/m)
    t.match(message, /^ {2}originalBucketName: must be the name of a bucket: .*, not "My_B/m)
    t.match(message, /^ {2}domain\.certificateArn: must be an ARN, .*, not "11112222-3333"$/m)
  }
})

t.test('a misspelled name on the command line is none of the settings', async (t) => {
  t.throws(() => read({ maxTask: '20' }), { message: /^ {2}maxTask: is none of allowedDim/m })
  t.throws(() => read({ 'limits.pixels': '1' }), { message: /^ {2}limits\.pixels: is none of /m })
  for (const name of ['max_tasks', 'max-tasks', 'maxTasks ', 'limits.max-pixels', 'maxTasks2']) {
    t.throws(
      () => read({ [name]: '20' }),
      { message: new RegExp(`^ {2}${name}: is none of allowedDim`, 'm') },
      name,
    )
  }
})

t.test('what stands at the name of all settings must hold settings', async (t) => {
  for (const rightsize of ['{"maxTasks":20}', true, ['maxTasks']]) {
    const said = `rightsize: must be an object of settings, not ${JSON.stringify(rightsize)}`
    t.throws(() => read({ rightsize, minTasks: 'two' }), {
      message: `The context is not right:\n  ${said}\n  minTasks: must be a number, not "two"`,
    })
  }
})

t.test('what the CDK itself keeps in the context is no setting', async (t) => {
  const { context } = JSON.parse(
    readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'),
  )
  t.same(
    read({
      ...context,
      'aws:cdk:bundling-stacks': ['**'],
      'aws-cdk:enableDiffNoFail': 'true',
      'availability-zones:account=111122223333:region=eu-west-1': ['eu-west-1a'],
      'vpc-provider:account=111122223333:filter.vpc-id=vpc-1:region=eu-west-1': {},
      'acknowledged-issue-numbers': [1],
      'cli-telemetry': false,
    }),
    {},
  )
})

t.test('what exists already is imported by its identifier', async (t) => {
  const props = propsFrom(new Stack(new App(), 'Existing'), {
    originalBucketName: 'example-uploads',
    alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:pager',
    'domain.name': 'images.example.com',
    'domain.certificateArn':
      'arn:aws:acm:us-east-1:111122223333:certificate/11112222-3333-4444-5555-666677778888',
    'domain.hostedZoneId': 'Z123',
    'throttle.rate': 20,
    'limits.maxFrames': 3,
  })
  t.equal(props.originalBucket?.bucketName, 'example-uploads')
  t.equal(props.alarmTopic?.topicName, 'pager')
  t.equal(props.domain?.hostedZone?.hostedZoneId, 'Z123')
  t.match(props.domain?.certificate.certificateArn, /^arn:aws:acm:us-east-1:/)
  t.same(props.throttle, { rate: 20, burst: 40 })
  t.same(props.limits, { maxFrames: 3 })
})

t.test(
  'half a throttle leaves the rate at its default, and the burst at twice the rate',
  async (t) => {
    const throttle = (values: Parameters<typeof propsFrom>[1]) =>
      propsFrom(new Stack(new App(), 'Throttled'), values).throttle
    t.same(throttle({ 'throttle.rate': 20 }), { rate: 20, burst: 40 })
    t.same(throttle({ 'throttle.burst': 2000 }), { rate: 500, burst: 2000 })
    t.same(throttle({ 'throttle.burst': 200 }), { rate: 500, burst: 200 })
    t.same(throttle({}), { rate: 500, burst: 1000 })
  },
)

t.test('a name needs its certificate', async (t) => {
  const stack = new Stack(new App(), 'Half')
  t.throws(() => propsFrom(stack, { 'domain.name': 'images.example.com' }), {
    message: 'domain.name and domain.certificateArn: must be given together',
  })
})
