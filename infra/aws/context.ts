import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Node } from 'constructs'
import type { RightsizeProps } from './props.ts'

/** Reads one value of the context: what cdk.json says as JSON, or the command line as text. */
type Reader<T> = (value: unknown) => T

const readers = {
  allowedDimensions: (value: unknown) => (value === '*' ? '*' : list(value)),
  allowedImageTypes: list,
  keyPrefixes: list,
  cacheControl: text,
  invalidation: text as Reader<RightsizeProps['invalidation']>,
  cacheTags: flag,
  cpu: number,
  memory: number,
  minTasks: number,
  maxTasks: number,
  logLevel: text,
  natGateways: number,
  removeOrigin: flag,
  accessLogs: flag,
  logRetention: days,
  apiLogsRole: flag,
  alarmEmail: text,
  alarmTopicArn: arn,
  originalBucketName: bucketName,
  vpcId: text,
  'throttle.rate': number,
  'throttle.burst': number,
  'limits.deadlineMs': number,
  'limits.maxOriginalBytes': number,
  'limits.maxPixels': number,
  'limits.maxFrames': number,
  'limits.maxSide': number,
  'limits.maxOutputBytes': number,
  'limits.concurrency': number,
  'limits.queueLimit': number,
  'limits.memoryBudget': number,
  'domain.name': text,
  'domain.certificateArn': arn,
  'domain.hostedZoneId': text,
} satisfies Record<string, Reader<unknown>>

/** What the context may say: the props by name, and what exists already by its identifier. */
export type ContextValues = {
  readonly [K in keyof typeof readers]?: ReturnType<(typeof readers)[K]>
}

/** Where cdk.json keeps the props. */
const contextKey = 'rightsize'

/**
 * Reads the context: the object `rightsize` of cdk.json, and over it `-c <name>=<value>`. A name
 * inside another is joined to it by a dot, as in `-c limits.maxPixels=20000000`.
 * @throws Error that names every value at fault and what is allowed
 */
export function readContext(node: Node): ContextValues {
  const whole: unknown = node.tryGetContext(contextKey) ?? {}
  const given = isObject(whole) ? flatten(whole) : {}
  const values: Record<string, unknown> = {}
  const faults = [...new Set([...namesLikeOurs(node), ...Object.keys(given)])]
    .filter((name) => !Object.hasOwn(readers, name))
    .map((name) => `${name}: is none of ${Object.keys(readers).join(', ')}`)
  if (!isObject(whole)) {
    faults.push(`${contextKey}: must be an object of settings, not ${JSON.stringify(whole)}`)
  }
  for (const [name, read] of Object.entries(readers)) {
    const value: unknown = node.tryGetContext(name) ?? given[name]
    if (value === undefined) continue
    try {
      values[name] = read(value)
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}, not ${JSON.stringify(value)}`)
    }
  }
  if (faults.length > 0) throw new Error(`The context is not right:\n  ${faults.join('\n  ')}`)
  return values
}

/**
 * Names that stand beside `rightsize`. The CDK's own have a colon, a slash or a hyphen; of these,
 * one such as `max-tasks` is a setting of ours in another spelling.
 */
function namesLikeOurs(node: Node): string[] {
  const ours = new Set(Object.keys(readers).map(letters))
  const names = Object.keys(node.getAllContext()).filter((name) => name !== contextKey)
  return names.filter((name) => !/[:/-]/.test(name) || ours.has(letters(name)))
}

function letters(name: string): string {
  return name.replaceAll(/[^A-Za-z]/g, '').toLowerCase()
}

function flatten(object: Record<string, unknown>, path = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      isObject(value)
        ? Object.entries(flatten(value, `${path}${name}.`))
        : [[path + name, value] as const],
    ),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new Error('must be a text')
  return value
}

function arn(value: unknown): string {
  return matching(value, /^arn(:[^:]*){4}:./, 'an ARN, arn:aws:…')
}

/** The characters and the length of https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketName(value: unknown): string {
  const pattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
  return matching(value, pattern, 'the name of a bucket: 3 to 63 of a-z, 0-9, . and -')
}

function matching(value: unknown, pattern: RegExp, wanted: string): string {
  const given = text(value)
  if (!pattern.test(given)) throw new Error(`must be ${wanted}`)
  return given
}

function list(value: unknown): readonly string[] {
  const items = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value
  if (!Array.isArray(items)) throw new Error('must be a list, or a text with commas')
  return items.map(text)
}

function number(value: unknown): number {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof parsed !== 'number' || Number.isNaN(parsed)) throw new Error('must be a number')
  return parsed
}

function flag(value: unknown): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Error('must be true or false')
}

function days(value: unknown): RetentionDays {
  const parsed = number(value)
  const allowed = Object.values(RetentionDays).filter((item) => typeof item === 'number')
  if (!allowed.includes(parsed)) throw new Error(`must be days: one of ${allowed.join(', ')}`)
  return parsed
}
