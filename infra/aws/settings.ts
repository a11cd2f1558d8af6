import { type Config, readConfig } from '../../service/config.ts'
import { formatVariant } from '../../service/image-key.ts'
import { SettingsError } from '../../service/settings.ts'
import { platformFaults } from './platform-faults.ts'
import type { RightsizeProps } from './props.ts'

/** Checked props, as far as the service and the sync Lambda have to know them. */
export interface RightsizeSettings {
  readonly keyPrefixes: readonly string[]
  /** The port of the service. */
  readonly port: number
  readonly cpu: number
  /** MiB of a task. */
  readonly memory: number
  readonly minTasks: number
  readonly maxTasks: number
  readonly throttle: { readonly rate: number; readonly burst: number }
  readonly invalidation: Config['invalidation']
  readonly cacheTags: boolean
  /** Variables that the service and the sync Lambda read alike. */
  readonly sharedEnvironment: Readonly<Record<string, string>>
  /** Variables that only the service reads. */
  readonly serviceEnvironment: Readonly<Record<string, string>>
}

/** Requests a second, and at once, where nothing is said. */
export const defaultThrottle = { rate: 500, burst: 1000 } as const

/** The variable of the service's environment that each prop becomes. */
const variableOfProp = {
  allowedDimensions: 'ALLOWED_DIMENSIONS',
  allowedImageTypes: 'ALLOWED_IMAGE_TYPES',
  keyPrefixes: 'KEY_PREFIXES',
  cacheControl: 'CACHE_CONTROL',
  invalidation: 'INVALIDATION',
  cacheTags: 'CACHE_TAGS',
  logLevel: 'LOG_LEVEL',
} as const satisfies Partial<Record<keyof RightsizeProps, string>>

const variableOfLimit = {
  deadlineMs: 'DEADLINE_MS',
  maxOriginalBytes: 'MAX_ORIGINAL_BYTES',
  maxPixels: 'MAX_PIXELS',
  maxFrames: 'MAX_FRAMES',
  maxSide: 'MAX_SIDE',
  maxOutputBytes: 'MAX_OUTPUT_BYTES',
  concurrency: 'CONCURRENCY',
  queueLimit: 'QUEUE_LIMIT',
  memoryBudget: 'MEMORY_BUDGET',
} as const satisfies Record<keyof NonNullable<RightsizeProps['limits']>, string>

/**
 * Checks `props` whole, with the service's own rules for what the service will read.
 * @throws Error that names every prop at fault and what is allowed
 */
export function settingsOf(props: RightsizeProps): RightsizeSettings {
  const { cpu = 1024, memory = 2048, minTasks = 2, maxTasks = Math.max(10, minTasks) } = props
  const throttle = props.throttle ?? defaultThrottle
  const limits = environmentOf(props.limits ?? {}, variableOfLimit)
  const faults = platformFaults(props, { cpu, memory, minTasks, maxTasks, throttle })
  const environment = { ...environmentOf(props, variableOfProp), ...limits }
  const config = readAsService(environment, { cpu, memory }, faults)
  if (!config || faults.length > 0) {
    throw new Error(`The props of Rightsize are not right:\n  ${faults.join('\n  ')}`)
  }
  const { keyPrefixes, port, invalidation, cacheTags } = config
  return {
    ...{ keyPrefixes, port, invalidation, cacheTags, cpu, memory, minTasks, maxTasks, throttle },
    sharedEnvironment: {
      KEY_PREFIXES: keyPrefixes.join(','),
      CACHE_CONTROL: config.cacheControl,
      INVALIDATION: invalidation,
      CACHE_TAGS: String(cacheTags),
    },
    serviceEnvironment: {
      ALLOWED_DIMENSIONS:
        config.allowedDimensions === '*'
          ? '*'
          : config.allowedDimensions.map(formatVariant).join(','),
      ALLOWED_IMAGE_TYPES: config.allowedImageTypes.join(','),
      PORT: String(port),
      HOST: config.host,
      LOG_LEVEL: config.logLevel,
      METRICS: 'emf',
      ...limits,
      DEADLINE_MS: String(config.deadlineMs),
      // Said here, because a container on Fargate does not see the limits of its task.
      PROCESSORS: String(config.processors),
      CONCURRENCY: String(config.concurrency),
      QUEUE_LIMIT: String(config.queueLimit),
      MEMORY_BUDGET: String(config.memoryBudget),
    },
  }
}

function environmentOf<T extends object>(
  values: T,
  variables: Partial<Record<keyof T, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const value: unknown = values[name as keyof T]
      return value === undefined ? [] : [[variable as string, asVariable(value)]]
    }),
  )
}

/** A blank list becomes a lone comma: a blank text would read as a variable that is not set. */
function asVariable(value: unknown): string {
  const text = String(value)
  return Array.isArray(value) && text.trim() === '' ? ',' : text
}

function readAsService(
  environment: Record<string, string>,
  { cpu, memory }: { cpu: number; memory: number },
  faults: string[],
): Config | undefined {
  const processors = Math.max(1, Math.ceil(cpu / 1024))
  try {
    const whole = { ...environment, BUCKET: 'known-at-deployment' }
    return readConfig(whole, processors, memory * 1024 * 1024)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    faults.push(...error.faults.map(inWordsOfProps))
    return undefined
  }
}

function inWordsOfProps(fault: string): string {
  const props = Object.entries(variableOfProp)
  const limits = Object.entries(variableOfLimit).map(
    ([name, to]) => [`limits.${name}`, to] as const,
  )
  return [...props, ...limits].reduce(
    (text, [name, variable]) => text.replaceAll(new RegExp(`\\b${variable}\\b`, 'g'), name),
    fault,
  )
}
