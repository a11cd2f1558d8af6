import type { Writable } from 'node:stream'
import pino, { type Logger } from 'pino'
import type { Environment } from '../../service/settings.ts'
import { cacheTtl, errorCachingMinTtl } from '../flow.ts'
import type { Bucket } from './bucket.ts'
import { type CloudFront, createCloudFront } from './cloudfront/cloudfront.ts'
import { createFaults, type Faults } from './faults.ts'
import { lockFolder } from './folder-lock.ts'
import { laptopEnvironment } from './laptop-environment.ts'
import { serveApi, serveAws, serveCdn, serveWebsite, urlOf } from './laptop-servers.ts'
import { bucketNames, type LaptopSettings } from './laptop-settings.ts'
import { freePort } from './listener.ts'
import { openBucket } from './open-bucket.ts'
import { type ServiceProcess, startService } from './service-process.ts'
import { createStartStack, type StartStack } from './start-stack.ts'

/** What the laptop is started with. */
export interface LaptopOptions {
  settings: LaptopSettings
  /** What the service's environment is made from. */
  environment: Environment
  /** Gets the log of the laptop and of the service. */
  output: Writable
}

/** The whole flow, running. */
export interface Laptop {
  /** URLs without a slash at their end; `service` is where the API reaches it. */
  readonly addresses: Readonly<Record<'cdn' | 'api' | 'website' | 'aws' | 'service', string>>
  readonly buckets: Readonly<Record<'original' | 'origin', Bucket>>
  readonly cloudFront: Pick<CloudFront, 'invalidations' | 'rate'>
  /** What goes wrong at S3, the website endpoint and the CloudFront API. */
  readonly faults: Faults
  /** Fulfilled when the service has ended, with how; never when it runs elsewhere. */
  readonly serviceEnded: ServiceProcess['ended']
  /** Drains and stops everything, the service first. */
  stop(): Promise<void>
}

const invalidationInProgressMs = 500

const otherLaptop = 'another laptop; stop that one, or set DATA_DIR to another folder'

/**
 * Starts the flow on this machine: S3, its website endpoint, CloudFront, API Gateway, the sync
 * handler, and the service, unless that runs elsewhere.
 * @throws an Error that names the port or the folder that cannot be used, or says how the service
 *   ended; nothing is left running then
 */
export async function startLaptop(options: LaptopOptions): Promise<Laptop> {
  const stack = createStartStack()
  try {
    return { ...(await startAll(stack, options)), stop: stack.stop }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function startAll(stack: StartStack, options: LaptopOptions): Promise<Omit<Laptop, 'stop'>> {
  const { settings } = options
  const logger = pino({ name: 'laptop', level: settings.logLevel }, options.output)
  const faults = createFaults()
  // Two would not see each other's locks on keys, and both could write over what only one may.
  const held = lockFolder(settings.dataDirectory, otherLaptop)
  await stack.start(held, (lock) => lock.release())
  const buckets = await openBuckets(stack, settings, logger)

  const servicePort = settings.serviceUrl ? 0 : await portOfService(settings)
  const service = settings.serviceUrl ?? urlOf(settings, servicePort)
  const api = await serveApi(stack, settings, service)
  const behindWebsite = { bucket: buckets.origin, faults, api, log: logger }
  const website = await serveWebsite(stack, settings, behindWebsite)
  const cloudFront = createCloudFront({
    distributionId: settings.distributionId,
    origin: new URL(urlOf(settings, website.port)),
    lifetimes: { ...cacheTtl, errorMin: errorCachingMinTtl },
    tags: settings.cacheTags,
    faults,
    inProgressMs: invalidationInProgressMs,
    now: Date.now,
  })
  const aws = await serveAws(stack, settings, { buckets, cloudFront, faults, logger })
  const cdn = await serveCdn(stack, settings, cloudFront)
  const awsUrl = urlOf(settings, aws.port)
  const addresses = {
    cdn: urlOf(settings, cdn.port),
    api: urlOf(settings, api.port),
    website: urlOf(settings, website.port),
    aws: awsUrl,
    service,
  }

  const ports = { awsUrl, servicePort }
  const environment = laptopEnvironment(options.environment, settings, ports)
  const running = settings.serviceUrl
    ? undefined
    : await stack.start(startService(service, { environment, output: options.output }), (one) =>
        one.stop(),
      )
  // Loading the SDK takes as long as the service takes to start: they go side by side.
  const { startSync } = await import('./sync-queue.ts')
  const sync = startSync(awsUrl, { buckets: Object.values(buckets), environment, logger })
  await stack.start(Promise.resolve(sync), async (one) => {
    // The handler goes after the service, to hear of all that is still written.
    await running?.stop()
    await one.stop()
  })
  await running?.ready

  const serviceEnded = running?.ended ?? new Promise<never>(() => undefined)
  return { addresses, buckets, cloudFront, faults, serviceEnded }
}

async function openBuckets(stack: StartStack, settings: LaptopSettings, log: Logger) {
  const open = (name: string) =>
    stack.start(openBucket(settings.dataDirectory, name, { log }), (bucket) => bucket.close())
  return {
    original: await open(bucketNames.original),
    origin: await open(bucketNames.origin),
  }
}

function portOfService({ host, servicePort }: LaptopSettings): Promise<number> {
  return freePort({ host, port: servicePort, setting: 'PORT' })
}
