import { App, Stack } from 'aws-cdk-lib'
import * as acm from 'aws-cdk-lib/aws-certificatemanager'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import t from 'tap'
import type { RightsizeProps } from '../../../infra/aws/props.ts'
import { Rightsize } from '../../../infra/aws/rightsize.ts'

const certificate = acm.Certificate.fromCertificateArn(
  new Stack(new App(), 'Elsewhere'),
  'Certificate',
  'arn:aws:acm:eu-west-1:111122223333:certificate/11112222-3333-4444-5555-666677778888',
)
const vpc = ec2.Vpc.fromVpcAttributes(new Stack(new App(), 'Network'), 'Vpc', {
  vpcId: 'vpc-1',
  availabilityZones: ['eu-west-1a'],
  publicSubnetIds: ['subnet-1'],
})

const wrong: [RightsizeProps, RegExp][] = [
  [{ allowedDimensions: ['150X'] }, /allowedDimensions: "150X" must be <width>x<height>/],
  [{ allowedDimensions: [] }, /allowedDimensions: must have at least one item/],
  [
    { allowedDimensions: ['900x1'], limits: { maxSide: 800 } },
    /allowedDimensions: 900x1 is over the longest side, limits\.maxSide=800/,
  ],
  [{ allowedImageTypes: ['.svg'] }, /allowedImageTypes: "\.svg" must be one of \.jpg, /],
  [{ keyPrefixes: ['img'] }, /keyPrefixes: "img" must be folders .* such as img\//],
  [{ keyPrefixes: ['img/', 'img/'] }, /keyPrefixes: "img\/" must be listed only once/],
  [{ keyPrefixes: ['img/', ' img/'] }, /keyPrefixes: "img\/" must be listed only once/],
  [{ keyPrefixes: ['blog/,img/', 'img/'] }, /keyPrefixes: "img\/" must be listed only once/],
  [
    { keyPrefixes: Array.from({ length: 26 }, (_, index) => `p${index}/`) },
    /keyPrefixes: must be at most 25, not 26/,
  ],
  [
    { keyPrefixes: Array.from({ length: 10 }, (_, index) => `${'p'.repeat(199)}${index}/`) },
    /keyPrefixes: must be at most 2000 characters together, .* 4 KB .* not 2010/,
  ],
  [
    { cacheControl: 'x'.repeat(1001) },
    /cacheControl: must be at most 1000 characters, .* 4 KB .* not 1001/,
  ],
  [{ keyPrefixes: [' '] }, /keyPrefixes: must have at least one item/],
  [{ cacheControl: ' ' }, /cacheControl: must not be empty/],
  [{ logLevel: '' }, /logLevel: must not be empty/],
  [{ invalidation: ' ' as 'off' }, /invalidation: must not be empty/],
  [{ cacheControl: 'días' }, /cacheControl: must be printable ASCII/],
  [
    { invalidation: 'never' as 'off' },
    /invalidation: must be one of every-write, on-change, off, not "never"/,
  ],
  [{ cacheTags: 'yes' as unknown as boolean }, /cacheTags: must be one of true, false/],
  [{ logLevel: 'loud' }, /logLevel: must be one of fatal, error, warn, /],
  [{ cpu: 1000 }, /cpu: must be one of 256, 512, 1024, .*, not 1000/],
  [{ memory: 1024 }, /memory: with cpu 1024 must be one of 2048, 3072, .*, not 1024/],
  [{ minTasks: 0 }, /minTasks: must be a whole number of at least 1, not 0/],
  [{ minTasks: 1.5 }, /minTasks: must be a whole number of at least 1, not 1\.5/],
  [
    { minTasks: 4, maxTasks: 3 },
    /maxTasks: must be a whole number of at least 4 \(minTasks\), not 3/,
  ],
  [{ throttle: { rate: 0, burst: 1 } }, /throttle\.rate: must be a whole number of at least 1/],
  [{ throttle: { rate: 1, burst: -1 } }, /throttle\.burst: must be a whole number of at least 1/],
  [{ natGateways: -1 }, /natGateways: must be a whole number of at least 0, not -1/],
  [{ natGateways: 3 }, /natGateways: must be at most 2, one a zone, not 3/],
  [{ natGateways: 1, vpc }, /natGateways: must be left out where vpc is given/],
  [{ limits: { deadlineMs: 29_000 } }, /limits\.deadlineMs: must be at most 28000/],
  [
    { limits: { maxOutputBytes: 20_000_000 } },
    /limits\.maxOutputBytes: must be at most 10485760, .* not 20000000/,
  ],
  [{ limits: { maxPixels: 0 } }, /limits\.maxPixels: must be a whole number from 1 to /],
  [
    { domain: { name: 'images.example.com', certificate } },
    /domain\.certificate: must be in us-east-1, .* not eu-west-1/,
  ],
  [
    { domain: { name: 'https://images', certificate } },
    /domain\.name: must be such as images\.example\.com, not "https:\/\/images"/,
  ],
  [{ alarmEmail: 'ops' }, /alarmEmail: must be an e-mail address, not "ops"/],
]

t.test('a wrong prop fails with its name and what is allowed', async (t) => {
  for (const [props, words] of wrong) {
    t.throws(() => new Rightsize(new Stack(new App()), 'Images', props), { message: words })
  }
})

t.test('all wrong props are named at once', async (t) => {
  const props: RightsizeProps = { cpu: 1, minTasks: 0, keyPrefixes: ['/'], logLevel: '?' }
  try {
    new Rightsize(new Stack(new App()), 'Images', props)
    t.fail('nothing was thrown')
  } catch (error) {
    const { message } = error as Error
    for (const name of ['cpu', 'minTasks', 'keyPrefixes', 'logLevel']) {
      t.match(message, new RegExp(`^ {2}${name}: `, 'm'))
    }
    t.notMatch(message, /KEY_PREFIXES|LOG_LEVEL/, "in the props' words")
  }
})
