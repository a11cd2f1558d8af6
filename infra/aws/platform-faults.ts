import { Token } from 'aws-cdk-lib'
import { listItems } from '../../service/settings.ts'
import { apiLimits } from '../flow.ts'
import { maxZones } from './network.ts'
import type { RightsizeProps } from './props.ts'

/** What Fargate offers: MiB of memory for each size of processor. */
const fargateSizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16384, 1024),
  4096: steps(8192, 30720, 1024),
  8192: steps(16384, 61440, 4096),
  16384: steps(32768, 122880, 8192),
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step)
}

/** A website takes 50 routing rules; a prefix needs one for 404 and one for 403. */
const maxPrefixes = 25

/**
 * Characters of all prefixes, and of `cacheControl`: with both, the environment of the sync Lambda
 * stays below Lambda's 4 KB, and its role, which names each prefix twice, below IAM's 10 KB.
 */
const maxPrefixText = 2000
const maxCacheControl = 1000

/** What is left of API Gateway's time for the way there and back, in milliseconds. */
const maxDeadlineMs = apiLimits.integrationSeconds * 1000 - 1000

/** Sizes of the service after defaults. */
interface Sizes {
  cpu: number
  memory: number
  minTasks: number
  maxTasks: number
  throttle: { rate: number; burst: number }
}

/** A line for each prop that AWS would not take, with what is allowed. */
export function platformFaults(props: RightsizeProps, sizes: Sizes): string[] {
  const { minTasks, maxTasks, throttle } = sizes
  return [
    ...sizeFaults(sizes),
    ...wholeNumber('minTasks', minTasks, 1),
    ...wholeNumber('maxTasks', maxTasks, Math.max(1, minTasks), ' (minTasks)'),
    ...wholeNumber('throttle.rate', throttle.rate, 1),
    ...wholeNumber('throttle.burst', throttle.burst, 1),
    ...prefixFaults(props.keyPrefixes),
    ...blankFaults(props),
    ...cacheControlFaults(props.cacheControl),
    ...networkFaults(props),
    ...deadlineFaults(props.limits?.deadlineMs),
    ...outputFaults(props.limits?.maxOutputBytes),
    ...domainFaults(props.domain),
    ...emailFaults(props.alarmEmail),
  ]
}

function sizeFaults({ cpu, memory }: Sizes): string[] {
  const offered = fargateSizes[cpu]
  if (!offered) return [`cpu: must be one of ${Object.keys(fargateSizes).join(', ')}, not ${cpu}`]
  if (offered.includes(memory)) return []
  return [`memory: with cpu ${cpu} must be one of ${offered.join(', ')}, not ${memory}`]
}

function wholeNumber(name: string, value: number, min: number, why = ''): string[] {
  if (Number.isSafeInteger(value) && value >= min) return []
  return [`${name}: must be a whole number of at least ${min}${why}, not ${value}`]
}

function prefixFaults(items: readonly string[] = []): string[] {
  // As the service reads them.
  const prefixes = items.flatMap(listItems)
  const characters = prefixes.join('').length
  const repeated = prefixes.filter((prefix, index) => prefixes.indexOf(prefix) !== index)
  return [
    ...(prefixes.length > maxPrefixes
      ? [`keyPrefixes: must be at most ${maxPrefixes}, not ${prefixes.length}`]
      : []),
    ...(characters > maxPrefixText
      ? [
          `keyPrefixes: must be at most ${maxPrefixText} characters together, because Lambda takes 4 KB of environment variables and IAM 10 KB of a role's policies, not ${characters}`,
        ]
      : []),
    ...repeated.map((prefix) => `keyPrefixes: "${prefix}" must be listed only once`),
  ]
}

/** What is blank would read as a variable that is not set, and its default would stand in for it. */
function blankFaults({ cacheControl, invalidation, logLevel }: RightsizeProps): string[] {
  return Object.entries({ cacheControl, invalidation, logLevel }).flatMap(([name, text]) =>
    text?.trim() === '' ? [`${name}: must not be empty`] : [],
  )
}

function cacheControlFaults(text = ''): string[] {
  if (text.length <= maxCacheControl) return []
  return [
    `cacheControl: must be at most ${maxCacheControl} characters, because Lambda takes 4 KB of environment variables, not ${text.length}`,
  ]
}

function networkFaults({ vpc, natGateways }: RightsizeProps): string[] {
  if (natGateways === undefined) return []
  if (vpc) return ['natGateways: must be left out where vpc is given, which has its own']
  if (natGateways <= maxZones) return wholeNumber('natGateways', natGateways, 0)
  return [`natGateways: must be at most ${maxZones}, one a zone, not ${natGateways}`]
}

function deadlineFaults(deadlineMs = 0): string[] {
  if (!(deadlineMs > maxDeadlineMs)) return []
  return [
    `limits.deadlineMs: must be at most ${maxDeadlineMs}, because API Gateway gives up after ${apiLimits.integrationSeconds} s, not ${deadlineMs}`,
  ]
}

function outputFaults(maxOutputBytes = 0): string[] {
  const { responseBytes } = apiLimits
  if (!(maxOutputBytes > responseBytes)) return []
  return [
    `limits.maxOutputBytes: must be at most ${responseBytes}, because API Gateway passes no more on, not ${maxOutputBytes}`,
  ]
}

function domainFaults(domain: RightsizeProps['domain']): string[] {
  if (!domain) return []
  const faults: string[] = []
  if (!Token.isUnresolved(domain.name) && !/^([a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain.name)) {
    faults.push(`domain.name: must be such as images.example.com, not "${domain.name}"`)
  }
  const { certificateArn } = domain.certificate
  const region = Token.isUnresolved(certificateArn) ? 'us-east-1' : certificateArn.split(':')[3]
  if (region !== 'us-east-1') {
    faults.push(
      `domain.certificate: must be in us-east-1, where CloudFront reads it, not ${region}`,
    )
  }
  return faults
}

function emailFaults(email: string | undefined): string[] {
  if (email === undefined || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return []
  return [`alarmEmail: must be an e-mail address, not "${email}"`]
}
