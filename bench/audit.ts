import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { openBucket } from '../infra/local/open-bucket.ts'
import { createS3 } from '../infra/local/s3.ts'
import { plant } from '../test/infra/operate/planted.ts'
import { noMore, readArgumentsOrExit, wholeNumber } from './arguments.ts'
import { exitOnSignals } from './exit-on-signals.ts'
import { residentBytes } from './processes/usage.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * `npm run bench:audit [objects]`: fills the laptop's S3 with 100,000 objects, some of them at
 * fault, has the operators' command audit them in a process of its own, and tells whether it found
 * exactly those, how long it took, and the peak of its memory.
 */
const usage = 'npm run bench:audit -- [objects (100000)]\n'
const objects = readArgumentsOrExit(([objects = '100000', ...others]) => {
  noMore(others)
  return wholeNumber('objects', objects)
}, usage)
const folders = ['100x100', '150x100', '150x200', '200x100', '200x200', '9x9']
const originals = Math.max(1, Math.round(objects / (folders.length + 1)))

exitOnSignals()
const folder = await temporaryFolder('rightsize-audit')
const bucket = await openBucket(folder.path, 'origin')
const server = createServer(createS3({ buckets: [bucket] })).listen(0, '127.0.0.1')
try {
  await once(server, 'listening')
  const planted = await plant(bucket, originals, folders)
  const start = performance.now()
  const { found, variants, peakMiB } = await runAudit((server.address() as AddressInfo).port)
  const seconds = (performance.now() - start) / 1000
  const wrong =
    [...planted].filter(([key, fault]) => found.get(key) !== fault).length +
    [...found.keys()].filter((key) => !planted.has(key)).length
  process.stdout.write(
    `originals ${originals}, variants ${variants}; planted ${planted.size}, found ${found.size}, ` +
      `wrong ${wrong}; ${seconds.toFixed(1)} s; peak ${peakMiB ? `${peakMiB.toFixed(0)} MiB` : '–'}\n`,
  )
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  server.close()
  server.closeAllConnections()
  await bucket.close()
  folder.remove()
}

async function runAudit(port: number) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'infra/operate/main.ts', 'audit', '--json'],
    {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        BUCKET: 'origin',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  // Without its store it would ask in vain for a while, and say so behind the end of this process.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = once(child, 'close')
  let peakMiB: number | undefined
  const sample = setInterval(() => {
    const resident = residentBytes(child.pid as number)
    if (resident) peakMiB = resident.peak / 2 ** 20
  }, 50)
  const found = new Map<string, string>()
  let variants = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const document = JSON.parse(line) as { key?: string; fault?: string; variants?: number }
    if (document.key && document.fault) found.set(document.key, document.fault)
    variants = document.variants ?? variants
  }
  clearInterval(sample)
  const [code, signal] = await closed
  process.off('exit', kill)
  if (code !== 0) throw new Error(`the audit ended with ${signal ?? `code ${code}`}`)
  return { found, variants, peakMiB }
}
