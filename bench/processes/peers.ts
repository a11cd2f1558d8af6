import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench } from '../bench.ts'
import type { Target } from '../compare.ts'
import { fairEnvironment } from '../image-environment.ts'
import { requestUrl, variantOf, type Workload } from '../scenarios/workloads.ts'
import type { Site } from '../site.ts'
import type { PlainTask } from './plain-handler.ts'
import { type Running, startWorker } from './worker.ts'

/** A server of others, running, and what is to be known of it; or why it could not be measured. */
export type PeerStart = (Target & Running & { note?: string }) | string

/** The origin bucket that peers read from, by its folder or by its S3. */
export interface PeerOrigin {
  site: Site
  s3Port: number
}

const ipxVersion = '3.1.1'

/** The flow as one writes it in an afternoon, with Fastify, sharp and the AWS SDK. */
export async function startPlainHandler(
  { site, s3Port }: PeerOrigin,
  workload: Workload,
  bench: Bench,
): Promise<PeerStart> {
  const worker = await startWorker('plain-handler', {
    cpus: bench.pinned?.service,
    env: fairEnvironment,
  })
  const ask = <R>(task: PlainTask) => worker.ask<R>(task)
  const { port } = await ask<{ port: number }>({ s3Port })
  return {
    ...worker,
    name: 'plain handler',
    url: requestUrl(`http://127.0.0.1:${port}`, workload, site.template),
    settled: () => ask({ settled: true }),
  }
}

/** ipx with the sharp that it brings, installed by npm beside the results. */
export async function startIpx(
  { site }: PeerOrigin,
  workload: Workload,
  bench: Bench,
): Promise<PeerStart> {
  const folder = join(bench.folders.peers, `ipx-${ipxVersion}`)
  const module = join(folder, 'node_modules', 'ipx', 'dist', 'index.mjs')
  if (!existsSync(module)) {
    bench.progress(`installing ipx ${ipxVersion} into ${folder}`)
    await mkdir(folder, { recursive: true })
    spawnSync('npm', ['install', '--prefix', folder, '--no-audit', `ipx@${ipxVersion}`])
    if (!existsSync(module)) return 'ipx was not measured: npm could not install it.'
  }
  const worker = await startWorker('ipx', {
    cpus: bench.pinned?.service,
    env: fairEnvironment,
  })
  const task = { module: pathToFileURL(module).href, folder: site.originals }
  const { port } = await worker.ask<{ port: number }>(task)
  const operations = `fit_inside,s_${variantOf(workload)},q_80`
  return {
    ...worker,
    name: `ipx ${ipxVersion}`,
    note: `ipx ${ipxVersion} has sharp ${await versionOf(folder, 'sharp')} of its own.`,
    url: `http://127.0.0.1:${port}/${operations}/${site.template}`,
    settled: async () => {},
  }
}

async function versionOf(folder: string, name: string): Promise<string> {
  const file = join(folder, 'node_modules', name, 'package.json')
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version
}

/** ImageMagick, one process an image. */
export async function startImageMagick(
  { site }: PeerOrigin,
  workload: Workload,
  bench: Bench,
): Promise<PeerStart> {
  const convert = ['/usr/bin/convert', '/usr/local/bin/magick', '/usr/bin/magick'].find((program) =>
    /ImageMagick/.test(spawnSync(program, ['-version']).stdout?.toString() ?? ''),
  )
  if (!convert) return 'ImageMagick was not measured: it is not installed.'
  const worker = await startWorker('image-magick', {
    cpus: bench.pinned?.service,
    env: { NODE_ENV: 'production', MAGICK_THREAD_LIMIT: '1' },
  })
  const { port } = await worker.ask<{ port: number }>({ convert, folder: site.originals })
  return {
    ...worker,
    name: 'ImageMagick',
    url: `http://127.0.0.1:${port}/${variantOf(workload)}/${site.template}`,
    settled: async () => {},
  }
}
