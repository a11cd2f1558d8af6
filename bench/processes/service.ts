import { openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../infra/local/listener.ts'
import { serviceEnvironment } from '../image-environment.ts'
import { bucket } from '../site.ts'
import { readMetrics } from './metrics-text.ts'
import { type Placement, type Running, startNode } from './worker.ts'

/** The service as its own process, and what it tells of itself. */
export interface Service extends Running {
  url: string
  /** A metric by its name with labels as `/metrics` spells them; 0 when it is not there. */
  metric(name: string): Promise<number>
  /** Waits until everything that was answered is written back. */
  settled(): Promise<void>
}

/** Milliseconds between looks at what is under way: one costs the service half of one. */
const lookMs = 100

/** What the image of the service sets, and what stands for AWS. */
function environment(s3Port: number, port: number): Record<string, string> {
  return {
    ...serviceEnvironment,
    BUCKET: bucket,
    ALLOWED_IMAGE_TYPES: '.png,.jpeg,.jpg,.webp,.gif,.avif',
    HOST: '127.0.0.1',
    PORT: String(port),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3Port}`,
  }
}

/**
 * Starts the service on the store at `s3Port` and waits until it is ready; its log goes to `log`.
 * @throws when it is not ready within 20 seconds
 */
export async function startService(
  s3Port: number,
  log: string,
  placement: Placement,
): Promise<Service> {
  const extension = import.meta.url.endsWith('.ts') ? '.cts' : '.cjs'
  const file = new URL(`../../service/main${extension}`, import.meta.url)
  const port = await freePort({ host: '127.0.0.1', port: 0, setting: 'PORT' })
  const env = { ...environment(s3Port, port), ...placement.env }
  const output = openSync(log, 'w')
  const { running } = startNode(fileURLToPath(file), { ...placement, env }, [
    'ignore',
    output,
    output,
  ])
  const url = `http://127.0.0.1:${port}`
  const metric = async (name: string) => readMetrics(await getText(`${url}/metrics`), name)
  try {
    await untilReady(`${url}/readyz`)
  } catch (error) {
    await running.stop()
    throw new Error(`the service is not ready; see ${log}`, { cause: error })
  }
  return {
    ...running,
    url,
    metric,
    settled: async () => {
      while ((await metric('rightsize_background_tasks')) > 0) await sleep(lookMs)
    },
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await getText(url)
      return
    } catch (error) {
      if (attempt === 200) throw error
      await sleep(100)
    }
  }
}

async function getText(url: string): Promise<string> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  return answer.text()
}
