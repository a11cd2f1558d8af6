import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import pino from 'pino'
import { buildApp } from './app.ts'
import { configuredCdn } from './cloudfront.ts'
import { setUpCodecs } from './codecs.ts'
import { type Config, readConfig } from './config.ts'
import { createEmf } from './emf.ts'
import { flushed } from './flushed.ts'
import { type Format, formatOf } from './formats.ts'
import { logDestination } from './log-destination.ts'
import { serviceClients } from './service-clients.ts'
import { SettingsError } from './settings.ts'

/**
 * Milliseconds behind `SHUTDOWN_DELAY_MS` after which the process ends even if work is left: Fargate's
 * kill comes 60 s behind it.
 */
const stopLimitMs = 55_000

/** CloudWatch's own period. */
const emfPeriodMs = 60_000

const config = readConfigOrExit()
const destination = logDestination()
const logger = pino({ level: config.logLevel }, destination)
// Left to itself, Node would have pino write the log first: for ever, where it cannot be written.
process.on('uncaughtException', (error) => void exit(1, inspect(error)))
setUpCodecs(config.allowedImageTypes.map((extension) => formatOf(extension) as Format))

const { s3, cloudFront, storeOf } = serviceClients({
  pathStyle: Boolean(config.s3Endpoint ?? config.awsEndpoint),
  maxConnections: 4 * config.concurrency + 16,
})
await s3.config.region().catch(() => exit(1, 'AWS_REGION: is required: the region of the bucket'))
const cdn = configuredCdn(cloudFront, config)
if (!cdn) logger.info('CF_DistributionId is not set or INVALIDATION is off: nothing to invalidate')

const app = buildApp({ config, store: storeOf(config.bucket), cdn, logger })
const emf = createEmf(app.metrics, (line) => destination.write(`${line}\n`))
if (config.metrics === 'emf') setInterval(() => void emf.tell(), emfPeriodMs).unref()

process.once('SIGTERM', stop)
process.once('SIGINT', stop)

try {
  await app.server.listen({ port: config.port, host: config.host })
  const { bucket, processors, concurrency, queueLimit, threads } = config
  logger.info(
    { address: app.server.addresses(), bucket, processors, concurrency, queueLimit, threads },
    'ready',
  )
} catch (error) {
  await exit(
    1,
    `rightsize cannot listen on ${config.host}:${config.port}: ${(error as Error).message}`,
  )
}

function readConfigOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

function stop(signal: NodeJS.Signals): void {
  logger.info({ signal }, 'stopping')
  const stopped = app.stop().then(() => true)
  const late = sleep(config.shutdownDelayMs + stopLimitMs, false)
  finish(Promise.race([stopped, late])).catch((error: unknown) =>
    exit(1, `rightsize cannot stop: ${(error as Error).message}`),
  )
}

/** @param stopped whether all was done in time */
async function finish(stopped: Promise<boolean>): Promise<void> {
  const isDone = await stopped
  // Also what led to an end with work left undone: the last minute tells most of it.
  if (config.metrics === 'emf') await emf.tell()
  if (!isDone) return exit(1, 'rightsize stopped with work left undone')
  logger.info('stopped')
  return exit(0)
}

/** Never resolves. */
async function exit(code: number, message?: string): Promise<never> {
  await flushed(destination)
  if (message) process.stderr.write(`${message}\n`)
  // What is left would be tried for ever at the exit, where nobody reads the log any more.
  destination.destroy()
  process.exit(code)
}
