import { setTimeout as sleep } from 'node:timers/promises'
import { scales } from '../../test/hostile/original.ts'
import { hostileOriginals } from '../../test/hostile/originals.ts'
import { endWithCaller } from '../end-with-caller.ts'
import { resetPeak, residentBytes } from '../processes/usage.ts'
import { formatTable } from '../report/table.ts'
import { startAws } from './aws.ts'
import { photo } from './photo.ts'
import { startService } from './service-process.ts'

/**
 * The service as a process, with its limits of production, given hostile originals at their full
 * size, with an honest picture beside each. Ends with code 1 where an answer is not as documented,
 * takes too long, or takes too much memory.
 */
const limits = { ms: 5_000, besideMs: 5_000, bytes: 384 * 1024 * 1024 }

endWithCaller()
const aws = await startAws()
const service = await startService({
  ...aws.environment,
  ALLOWED_IMAGE_TYPES: '.png,.jpg,.jpeg,.gif,.webp,.avif',
  ALLOWED_DIMENSIONS: '*',
})
const ask = async (key: string) => {
  const start = performance.now()
  const answer = await fetch(`${service.url}/prod?key=${key}`)
  await answer.arrayBuffer()
  return { status: answer.status, ms: performance.now() - start }
}

await aws.bucket.write('img/honest.jpg', await photo(), { contentType: 'image/jpeg' })
await ask('img/1x1/honest.jpg')
const originals = await hostileOriginals(scales.full)
const rows: (string | number)[][] = []
let broken = 0
for (const [i, { name, bytes, statuses }] of originals.entries()) {
  await aws.bucket.write(`img/${name}`, bytes, {})
  const before = residentBytes(service.pid)?.now ?? 0
  resetPeak(service.pid)
  const [hostile, beside] = await Promise.all([
    ask(`img/150x200/${name}`),
    sleep(1).then(() => ask(`img/${i + 2}x60/honest.jpg`)),
  ])
  const grown = Math.max(0, (residentBytes(service.pid)?.peak ?? 0) - before)
  const wrong = [
    !statuses.includes(hostile.status) && `not ${statuses.join(' or ')}`,
    hostile.ms > limits.ms && 'too slow',
    beside.status !== 200 && `${beside.status} beside it`,
    beside.ms > limits.besideMs && 'slow beside it',
    grown > limits.bytes && 'too much memory',
  ].filter(Boolean)
  if (wrong.length > 0) broken++
  const kibibytes = Math.round(bytes.length / 1024)
  const mebibytes = Math.round(grown / 1024 / 1024)
  const verdict = wrong.join('; ') || 'as documented'
  rows.push([name, kibibytes, hostile.status, Math.round(hostile.ms), mebibytes, verdict])
}

const { code } = await service.stop()
await aws.stop()
process.stdout.write(
  formatTable({
    title: 'Hostile originals',
    columns: ['original', 'KiB', 'status', 'ms', 'memory grew by MiB', 'verdict'],
    rows,
    notes: [
      `${rows.length - broken} of ${rows.length} as documented; the service ended with ${code}.`,
    ],
  }),
)
process.exitCode = broken === 0 && code === 0 ? 0 : 1
