import { setTimeout as sleep } from 'node:timers/promises'
import { get } from '../../infra/smoke/exchange.ts'
import { scales } from '../../test/hostile/original.ts'
import { hostileOriginals } from '../../test/hostile/originals.ts'
import { noMore, readArgumentsOrExit, startOrExit } from '../arguments.ts'
import { exitOnSignals } from '../exit-on-signals.ts'
import { resetPeak, residentBytes } from '../processes/usage.ts'
import { type Cell, formatTable } from '../report/table.ts'
import { startAws } from './aws.ts'
import { type Answered, hostileFaults } from './hostile-verdict.ts'
import { photo } from './photo.ts'
import { startService } from './service-process.ts'

/**
 * The service as a process, with its limits of production, given hostile originals at their full
 * size, with an honest picture beside each. Ends with code 1 where an answer is not as documented,
 * takes too long, or takes too much memory.
 */
readArgumentsOrExit(noMore, 'npm run hostile\n')
exitOnSignals()
const { aws, service } = await startOrExit(start)
const ask = async (key: string): Promise<Answered> => {
  const start = performance.now()
  // A picture that ends the service is what is looked for: the table must tell which.
  const answer = await get(`${service.url}/prod?key=${key}`).catch(() => undefined)
  return { status: answer?.status, ms: performance.now() - start }
}

await aws.bucket.write('img/honest.jpg', await photo(), { contentType: 'image/jpeg' })
await ask('img/1x1/honest.jpg')
const originals = await hostileOriginals(scales.full)
const rows: Cell[][] = []
let broken = 0
for (const [i, { name, bytes, statuses }] of originals.entries()) {
  await aws.bucket.write(`img/${name}`, bytes, {})
  const before = residentBytes(service.pid)
  resetPeak(service.pid)
  const [hostile, beside] = await Promise.all([
    ask(`img/150x200/${name}`),
    sleep(1).then(() => ask(`img/${i + 2}x60/honest.jpg`)),
  ])
  const after = residentBytes(service.pid)
  const grown = before && after && Math.max(0, after.peak - before.now)
  const wrong = hostileFaults({ statuses, hostile, beside, grown })
  if (wrong.length > 0) broken++
  const kibibytes = Math.round(bytes.length / 1024)
  const mebibytes = grown && Math.round(grown / 1024 / 1024)
  const verdict = wrong.join('; ') || 'as documented'
  rows.push([name, kibibytes, hostile.status, Math.round(hostile.ms), mebibytes, verdict])
}

const { code, signal, stderr } = await service.stop()
await aws.stop()
process.stdout.write(
  formatTable({
    title: 'Hostile originals',
    columns: ['original', 'KiB', 'status', 'ms', 'memory grew by MiB', 'verdict'],
    rows,
    notes: [
      `${rows.length - broken} of ${rows.length} as documented; the service ended with ${signal ?? `code ${code}`}.`,
      ...(code === 0 ? [] : [stderr]),
    ],
  }),
)
process.exitCode = broken === 0 && code === 0 ? 0 : 1

async function start() {
  const aws = await startAws()
  const service = await startService({
    ...aws.environment,
    ALLOWED_IMAGE_TYPES: '.png,.jpg,.jpeg,.gif,.webp,.avif',
    ALLOWED_DIMENSIONS: '*',
  })
  return { aws, service }
}
