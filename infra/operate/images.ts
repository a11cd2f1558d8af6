import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { awsClients } from '../../service/aws-clients.ts'
import { configuredCdn } from '../../service/cloudfront.ts'
import { type Config, readConfig } from '../../service/config.ts'
import {
  createInvalidations,
  type InvalidationFailure,
  type InvalidationPolicy,
  invalidationPolicy,
} from '../../service/invalidations.ts'
import { SettingsError } from '../../service/settings.ts'
import { closedPipeCode, isClosedPipe } from '../exit-on-closed-pipe.ts'
import { whenOrphaned } from '../orphaned.ts'
import { withoutSdkWarning } from '../sdk-warning.ts'
import { s3OriginalBucket, s3OriginBucket } from '../sync/s3-buckets.ts'
import { readSyncSettings } from '../sync/settings.ts'
import { whenInterrupted } from '../when-interrupted.ts'
import { type Command, parseCommand, usage } from './arguments.ts'
import { auditCommand } from './audit-command.ts'
import { mirrorCommand } from './mirror-command.ts'
import { createOutput, type Output } from './output.ts'
import { purgeCommand } from './purge-command.ts'
import { warmCommand } from './warm-command.ts'

const end = new AbortController()

/**
 * The operators' command, with the environment, streams and signals of this process.
 * @param args what stands behind `npm run images --`
 * @param policy how what is taken away is invalidated
 * @returns the exit code
 */
export async function images(
  args: readonly string[],
  policy: InvalidationPolicy = invalidationPolicy,
): Promise<number> {
  Object.assign(process.env, withoutSdkWarning)
  // Such as EPIPE, when `head` has read enough, or Ctrl+C has ended `tee`, too.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => end.abort(error))
  }
  whenOrphaned(process.env, interrupt)
  let command: Command
  try {
    command = parseCommand(args)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  try {
    const done = await run(command, policy)
    // What cannot be written is told a turn later.
    await setImmediate()
    end.signal.throwIfAborted()
    return done ? 0 : 1
  } catch (error) {
    if (isClosedPipe(error) && onlyTells(command)) return closedPipeCode
    const { message } = error as Error
    process.stderr.write(`${error instanceof SettingsError ? message : `failed: ${message}`}\n`)
    return 1
  }
}

/** Who reads no more of that misses nothing; what was to be done and is not has to be said. */
function onlyTells(command: Command): boolean {
  return (command.name === 'audit' || command.name === 'purge') && !command.delete
}

async function run(command: Command, policy: InvalidationPolicy): Promise<boolean> {
  if (command.name === 'mirror') return runMirror(command.json)
  const config = readConfig(process.env)
  const output = createOutput(command.json, process.stdout, process.stderr, end.signal)
  if (command.name === 'warm') {
    const url = command.url ?? config.cdnUrl
    if (!url) throw new Error('warm needs --url or CDN_URL: where the distribution answers')
    const { dimensions } = command
    return warmCommand({ config, output, fetch }, await keysOf(command), { url, dimensions })
  }

  const { s3: client, cloudFront } = clientsFor(config)
  const { bucket } = config
  const origin = s3OriginBucket(client, { bucket, originalBucket: bucket })
  let allDropped = true
  const complain = (failure: InvalidationFailure, items: readonly string[], error: unknown) => {
    if (failure !== 'delayed') allDropped = false
    process.stderr.write(`invalidation ${failure}: ${items.join(', ')} ${String(error ?? '')}\n`)
  }
  const cdn = configuredCdn(cloudFront, config)
  const invalidations = cdn && createInvalidations(cdn, complain, policy)
  const parts = { client, origin, config, output, invalidations }
  const keys = command.name === 'purge' ? await keysOf(command) : []
  if (command.delete && invalidations) endWhenInterrupted(output)

  try {
    if (command.name === 'purge') {
      await purgeCommand(parts, keys, { remove: command.delete })
    } else {
      const counted = process.stderr.isTTY === true
      await auditCommand(parts, { remove: command.delete, counted })
    }
  } finally {
    output.finish()
    await invalidations?.flush()
  }
  return allDropped
}

/**
 * What is gone and not invalidated stays cached, and no later run would find it: who is told to end
 * ends when the cache has been told, and at once when told so again.
 */
function endWhenInterrupted(output: Output): void {
  whenInterrupted(() => {
    output.finish()
    process.stderr.write('ending when what is gone is invalidated; once more ends at once\n')
    interrupt()
  })
}

function interrupt(): void {
  end.abort(new Error('interrupted'))
}

async function runMirror(json: boolean): Promise<boolean> {
  const settings = readSyncSettings(process.env)
  const { s3: client } = clientsFor(settings)
  return mirrorCommand({
    client,
    original: s3OriginalBucket(client, settings.originalBucket),
    origin: s3OriginBucket(client, settings),
    settings,
    output: createOutput(json, process.stdout, process.stderr, end.signal),
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
  const given = (await text(process.stdin)).split(/\r?\n/).filter((line) => line !== '')
  return keys.flatMap((key) => (key === '-' ? given : key))
}
