import { text } from 'node:stream/consumers'
import { awsClients } from '../../service/aws-clients.ts'
import { cloudFrontCdn } from '../../service/cloudfront.ts'
import { type Config, readConfig } from '../../service/config.ts'
import { createInvalidations } from '../../service/invalidations.ts'
import { SettingsError } from '../../service/settings.ts'
import { withoutSdkWarning } from '../sdk-warning.ts'
import { s3OriginalBucket, s3OriginBucket } from '../sync/s3-buckets.ts'
import { readSyncSettings } from '../sync/settings.ts'
import { type Command, parseCommand, usage } from './arguments.ts'
import { auditCommand } from './audit-command.ts'
import { mirrorCommand } from './mirror-command.ts'
import { createOutput } from './output.ts'
import { purgeCommand } from './purge-command.ts'
import { warmCommand } from './warm-command.ts'

Object.assign(process.env, withoutSdkWarning)
process.exitCode = await main()

async function main(): Promise<number> {
  let command: Command
  try {
    command = parseCommand(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  try {
    return (await run(command)) ? 0 : 1
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(`${error instanceof SettingsError ? message : `failed: ${message}`}\n`)
    return 1
  }
}

async function run(command: Command): Promise<boolean> {
  if (command.name === 'mirror') return runMirror(command.json)
  const config = readConfig(process.env)
  const output = createOutput(command.json, process.stdout, process.stderr)
  if (command.name === 'warm') {
    const url = command.url?.replace(/\/+$/, '') ?? config.cdnUrl
    if (!url) throw new Error('warm needs --url or CDN_URL: where the distribution answers')
    const { dimensions } = command
    return warmCommand({ config, output, fetch }, await keysOf(command), { url, dimensions })
  }

  const { s3: client, cloudFront } = clientsFor(config)
  const { bucket } = config
  const origin = s3OriginBucket(client, { bucket, originalBucket: bucket })
  const complain = (outcome: string, items: readonly string[], error: unknown) =>
    process.stderr.write(`invalidation ${outcome}: ${items.join(', ')} ${String(error ?? '')}\n`)
  const invalidations = config.distributionId
    ? createInvalidations(cloudFrontCdn(cloudFront, config.distributionId), complain)
    : undefined
  const parts = { client, origin, config, output, invalidations }

  if (command.name === 'purge') {
    await purgeCommand(parts, await keysOf(command), { remove: command.delete })
  } else {
    const counted = process.stderr.isTTY === true
    await auditCommand(parts, { remove: command.delete, counted })
  }
  await invalidations?.flush()
  return true
}

async function runMirror(json: boolean): Promise<boolean> {
  const settings = readSyncSettings(process.env)
  const { s3: client } = clientsFor(settings)
  return mirrorCommand({
    client,
    original: s3OriginalBucket(client, settings.originalBucket),
    origin: s3OriginBucket(client, settings),
    settings,
    output: createOutput(json, process.stdout, process.stderr),
  })
}

function clientsFor({ s3Endpoint, awsEndpoint }: Pick<Config, 's3Endpoint' | 'awsEndpoint'>) {
  const pathStyle = Boolean(s3Endpoint ?? awsEndpoint)
  return awsClients({
    pathStyle,
    maxSockets: 64,
    // A copy of gigabytes takes its time.
    answerMs: 50_000,
    // A process that gives them may ask for a second factor.
    credentialsMs: 60_000,
  })
}

/** The keys of the command line, those of standard input in the place of `-`. */
async function keysOf({ keys }: { keys: readonly string[] }): Promise<string[]> {
  if (!keys.includes('-')) return [...keys]
  const given = (await text(process.stdin)).split('\n').filter((line) => line !== '')
  return keys.flatMap((key) => (key === '-' ? given : key))
}
