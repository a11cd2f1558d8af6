import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../infra/local/listener.ts'
import { get } from '../../infra/smoke/exchange.ts'
import { awsClients } from '../../service/aws-clients.ts'
import { s3Store } from '../../service/s3-store.ts'
import type { Environment } from '../../service/settings.ts'
import { serviceEnvironment } from '../image-environment.ts'
import { readMetrics } from '../processes/metrics-text.ts'
import { startAws } from './aws.ts'
import { type ServiceProcess, startService } from './service-process.ts'
import type { Remote } from './soak-arguments.ts'

/** A service that is soaked. */
export interface Subject {
  url: string
  upload(key: string, bytes: Buffer): Promise<void>
  /** Ends what was started for it; true when it ended in good order. */
  stop(): Promise<boolean>
  /** Its log, where it is kept here. */
  log: unknown[]
}

const allowlists = {
  ALLOWED_DIMENSIONS: '*',
  ALLOWED_IMAGE_TYPES: '.png,.jpeg,.jpg,.webp,.gif,.avif',
}

/** The resident set of a service, among its metrics. */
export const memoryMetric = 'rightsize_resident_memory_bytes'

/** The service as a process here, over an S3 and a CloudFront of its own. */
export async function processSubject(): Promise<Subject> {
  const aws = await startAws()
  const service: ServiceProcess = await startService({
    ...aws.environment,
    ...serviceEnvironment,
    ...allowlists,
  })
  return {
    url: service.url,
    log: service.log,
    upload: async (key, bytes) => {
      await aws.bucket.write(key, bytes, {})
    },
    stop: async () => {
      const { code } = await service.stop()
      await aws.stop()
      return code === 0
    },
  }
}

/**
 * The production image in a container of 2 GB, built from the Dockerfile, on the host's network.
 * @throws Error when the port is taken or docker fails
 */
export async function containerSubject(port: number): Promise<Subject> {
  const image = 'rightsize-soak'
  // Whoever has it would be taken for the container.
  await freePort({ host: '127.0.0.1', port, setting: '--port' })
  docker('build', '--quiet', '--target', 'service', '--tag', image, '.')
  const aws = await startAws()
  const variables = Object.entries({
    ...aws.environment,
    ...allowlists,
    HOST: '127.0.0.1',
    PORT: String(port),
  }).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const limits = ['--memory', '2g', '--memory-swap', '2g', '--read-only', '--network', 'host']
  const id = docker('run', '--detach', ...limits, ...variables, image)
  const remove = () => docker('rm', '--force', id)
  process.once('exit', remove)
  const url = `http://127.0.0.1:${port}`
  await untilReady(url)
  return {
    url,
    log: [],
    upload: async (key, bytes) => {
      await aws.bucket.write(key, bytes, {})
    },
    stop: async () => {
      docker('stop', '--time', '60', id)
      const code = docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', id)
      process.off('exit', remove)
      remove()
      await aws.stop()
      return code === '0 false'
    },
  }
}

/**
 * A service that runs already; the SDK's variables say where its bucket is.
 * @throws Error when it does not answer, or something else does
 */
export async function remoteSubject(
  { url, bucket }: Remote,
  env: Environment = process.env,
): Promise<Subject> {
  const { body } = await get(`${url}/metrics`)
  if (readMetrics(body.toString(), memoryMetric) === 0) {
    throw new Error(
      `${url}/metrics does not tell the memory of the service: name its own URL, not the one of the API or of the distribution`,
    )
  }
  const pathStyle = Boolean(env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL)
  const store = s3Store(awsClients({ pathStyle, maxSockets: 8, answerMs: 5_000 }).s3, bucket)
  const contentType = 'application/octet-stream'
  return {
    url,
    log: [],
    upload: async (key, bytes) => {
      await store.put(key, bytes, { contentType, cacheControl: 'no-store', metadata: {} })
    },
    stop: async () => true,
  }
}

function docker(...args: readonly string[]): string {
  // The Dockerfile is BuildKit's, which engines before 23 use only when they are told to.
  const env = { ...process.env, DOCKER_BUILDKIT: '1' }
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`docker ${args[0]}: ${error?.message ?? stderr.trim()}`)
  return stdout.trim()
}

async function untilReady(url: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error('the container is not ready after 30 s')
}
