import { resolve } from 'node:path'
import { type Config, readConfig } from '../../service/config.ts'
import {
  type Environment,
  httpUrl,
  integer,
  oneOf,
  readSettings,
  type Setting,
  SettingsError,
} from '../../service/settings.ts'
import { sharedSettings } from '../../service/shared-settings.ts'

/** The buckets of the laptop, which are folders of these names. */
export const bucketNames = { original: 'original', origin: 'origin' } as const

const port = (name: string, fallback: number) => integer(name, { min: 0, max: 65535, fallback })

const settings = {
  keyPrefixes: sharedSettings.keyPrefixes,
  cacheControl: sharedSettings.cacheControl,
  invalidation: sharedSettings.invalidation,
  cacheTags: sharedSettings.cacheTags,
  distributionId: text(sharedSettings.distributionId.name, 'LAPTOP'),
  cdnPort: port('CDN_PORT', 8080),
  apiPort: port('API_PORT', 8081),
  websitePort: port('WEBSITE_PORT', 8082),
  awsPort: port('AWS_PORT', 9000),
  servicePort: port('PORT', 3000),
  dataDirectory: directory('DATA_DIR', 'data'),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
  ),
  /** The address that the laptop's servers listen on. */
  host: listeningHost('LAPTOP_HOST', '127.0.0.1'),
  /** Where viewers reach the API, when it is not this machine's `API_PORT`. */
  publicApiHost: hostName('PUBLIC_API_HOST'),
  /** A service that runs elsewhere, such as in a container of its own; unset: it is started here. */
  serviceUrl: serviceUrl('SERVICE_URL'),
  /** How the website endpoint escapes keys in redirects. */
  locationEncoding: oneOf('LOCATION_ENCODING', ['once', 'twice', 'raw'], 'once'),
  /** How the website endpoint answers for a missing key. */
  missingStatus: missingStatus(),
}

/** What the environment says of the laptop, checked and frozen. */
export type LaptopSettings = ReturnType<typeof readSettings<typeof settings>> & {
  /** What it says of the service; undefined when that runs elsewhere. */
  readonly service: Config | undefined
}

/**
 * Reads the laptop's environment, and checks the one of the service along with it.
 * @throws SettingsError with every fault at once
 */
export function readLaptopSettings(environment: Environment): LaptopSettings {
  const faults = new Set<string>()
  const laptop = collect(faults, () => readSettings(environment, settings))
  const service = laptop?.serviceUrl
    ? undefined
    : collect(faults, () => readConfig({ ...environment, BUCKET: bucketNames.origin }))
  if (laptop) for (const fault of sharedPorts(laptop)) faults.add(fault)
  if (!laptop || faults.size > 0) throw new SettingsError([...faults])
  return Object.freeze({ ...laptop, service })
}

function collect<T>(faults: Set<string>, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    for (const fault of error.faults) faults.add(fault)
    return undefined
  }
}

function sharedPorts(laptop: Record<string, unknown>): string[] {
  const taken = new Map<unknown, string>()
  return Object.entries(settings).flatMap(([field, { name }]) => {
    const value = laptop[field]
    if (!field.endsWith('Port') || value === 0) return []
    // A service that runs elsewhere listens there.
    if (field === 'servicePort' && laptop.serviceUrl) return []
    const other = taken.get(value)
    taken.set(value, name)
    return other ? [`${name}: ${value} is the port of ${other} already`] : []
  })
}

function text(name: string, fallback: string): Setting<string> {
  return { name, read: (given = fallback) => given }
}

/** IPv6 addresses would need brackets in every URL made of it. */
function listeningHost(name: string, fallback: string): Setting<string> {
  return {
    name,
    read: (given = fallback) => {
      if (/^[A-Za-z0-9.-]+$/.test(given)) return given
      throw new Error(`must be a host name or an IPv4 address, not "${given}"`)
    },
  }
}

function directory(name: string, fallback: string): Setting<string> {
  return { name, read: (given = fallback) => resolve(given) }
}

function hostName(name: string): Setting<string | undefined> {
  return {
    name,
    read: (given) => {
      if (given === undefined) return undefined
      const isHost = /^[A-Za-z0-9.-]+(:[0-9]+)?$/.test(given) && URL.canParse(`http://${given}`)
      if (isHost) return given
      throw new Error(`must be a host name, with its port if it has one, not "${given}"`)
    },
  }
}

/** The API speaks plain HTTP to it, at the path of the stage. */
function serviceUrl(name: string): Setting<string | undefined> {
  const { read } = httpUrl(name)
  const must = 'must be http:// and a host name or an IPv4 address, with its port if it has one'
  return {
    name,
    read: (given) => {
      if (given !== undefined && !/^http:\/\/[A-Za-z0-9._-]+(:[0-9]+)?\/?$/.test(given)) {
        throw new Error(`${must}, not "${given}"`)
      }
      return read(given)
    },
  }
}

function missingStatus(): Setting<403 | 404> {
  const { name, read } = oneOf('WEBSITE_MISSING_STATUS', ['404', '403'], '404')
  return { name, read: (given) => (read(given) === '403' ? 403 : 404) }
}
