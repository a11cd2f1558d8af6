import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { Aws } from './aws.ts'
import type { CdnFault } from './cdn-faults.ts'
import type { ServiceProcess } from './service-process.ts'
import type { StoreFault } from './store-faults.ts'

/** What became of one trial; it holds when nothing is wrong. */
export interface Outcome {
  name: string
  status: number | undefined
  ms: number
  /** Calls of the faulty operation. */
  calls: number
  wrong: string[]
}

/** What a trial needs. */
export interface Bed {
  aws: Aws
  service: ServiceProcess
  /** The bytes of every original. */
  original: Buffer
}

const landingMs = 90_000

/** Sees how the service bears one fault of S3, and that it is well again without it. */
export async function runStoreFault(bed: Bed, fault: StoreFault): Promise<Outcome> {
  const { aws } = bed
  const keys = await newOriginal(bed, fault.name)
  const wrong: string[] = []
  const key = fault.operation === 'PutObject' ? keys.variant : keys.original
  const { operation, action, times } = fault
  const remove = aws.faults.add({ operation, key, action, ...(times && { times }) })

  const { status, ms, body } = await ask(bed, keys.variant)
  if (status !== fault.status) wrong.push(`status ${status}, not ${fault.status}`)
  if (ms > fault.withinMs) wrong.push(`took ${Math.round(ms)} ms, not ${fault.withinMs}`)
  if (fault.landing) {
    const outcome = (await landed(bed, keys.variant, 1))?.writeBack
    if (outcome !== fault.landing) wrong.push(`write-back ${outcome}, not ${fault.landing}`)
  }
  const calls = aws.requests.filter((one) => one.operation === operation && one.key === key).length
  if (calls > fault.maxCalls) wrong.push(`${calls} calls, not ${fault.maxCalls}`)
  const stored = await bytesOf(bed, keys.variant)
  const isWhole = stored ? fault.landing === 'written' && stored.equals(body) : true
  if (!isWhole) wrong.push('something half done is stored')
  if (fault.landing === 'written' && !stored) wrong.push('nothing is stored')
  remove()

  const again = await ask(bed, keys.variant)
  if (again.status !== 200) wrong.push(`${again.status} when the fault was gone`)
  if (fault.landing !== 'written') {
    await landed(bed, keys.variant, fault.landing ? 2 : 1)
    if (!(await bytesOf(bed, keys.variant))?.equals(again.body)) wrong.push('not stored afterwards')
  }
  return { name: fault.name, status, ms, calls, wrong }
}

/** Sees how the service bears one fault of CloudFront. */
export async function runCdnFault(bed: Bed, fault: CdnFault): Promise<Outcome> {
  const { aws } = bed
  const keys = await newOriginal(bed, fault.name)
  const wrong: string[] = []
  const operation = 'CreateInvalidation'
  const before = aws.requests.filter((one) => one.operation === operation).length
  const remove = aws.faults.add({
    operation,
    action: fault.action,
    ...(fault.times && { times: fault.times }),
  })
  const { status, ms } = await ask(bed, keys.variant)
  if (status !== 200) wrong.push(`status ${status}, not 200`)
  const outcome = (await landed(bed, keys.variant, 1))?.invalidation
  remove()
  if (outcome !== fault.outcome) wrong.push(`invalidation ${outcome}, not ${fault.outcome}`)
  const calls = aws.requests.filter((one) => one.operation === operation).length - before
  if (calls > fault.maxCalls) wrong.push(`${calls} calls, not ${fault.maxCalls}`)
  const sent = aws.invalidated.filter((path) => path === `/${keys.variant}`).length
  const expected = fault.outcome === 'sent' ? 1 : 0
  if (sent !== expected) wrong.push(`invalidated ${sent} times, not ${expected}`)
  return { name: fault.name, status, ms, calls, wrong }
}

/** Has `count` viewers ask for one new image within `seconds`, and looks for one making of it. */
export async function runCrowd(bed: Bed, count: number, seconds: number): Promise<Outcome> {
  const { aws, service } = bed
  const name = `${count} viewers of a new image within ${seconds} s`
  const keys = await newOriginal(bed, name)
  const wrong: string[] = []
  const start = performance.now()
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await sleep((i * seconds * 1000) / count)
      return (await ask(bed, keys.variant)).status
    }),
  )
  const ms = performance.now() - start
  const failed = statuses.filter((status) => status !== 200)
  if (failed.length > 0) wrong.push(`${failed.length} failed, such as with ${failed[0]}`)
  await landed(bed, keys.variant, 1)
  const exactlyOne = (what: string, times: number) => {
    if (times !== 1) wrong.push(`${times} ${what}, not 1`)
  }
  const calls = (operation: string, key: string) =>
    aws.requests.filter((one) => one.operation === operation && one.key === key).length
  exactlyOne('reads', calls('GetObject', keys.original))
  exactlyOne('writes', calls('PutObject', keys.variant))
  const made = service.log.filter(({ key, source }) => key === keys.variant && source === 'made')
  exactlyOne('decodes', made.length)
  return { name, status: 200, ms, calls: calls('GetObject', keys.original), wrong }
}

async function newOriginal({ aws, original }: Bed, name: string) {
  const path = `${name.replace(/[^a-z0-9]+/gi, '-')}.jpg`
  // Through the API, so that it carries the checksum that uploads by the SDK have.
  await fetch(`${aws.url}/${aws.bucket.name}/img/${path}`, {
    method: 'PUT',
    body: new Uint8Array(original),
    headers: { 'content-type': 'image/jpeg', 'x-amz-checksum-crc32': crcOf(original) },
  }).then(({ ok, status }) => {
    if (!ok) throw new Error(`the upload was answered ${status}`)
  })
  return { original: `img/${path}`, variant: `img/150x200/${path}` }
}

async function ask({ service }: Bed, key: string) {
  const start = performance.now()
  const answer = await fetch(`${service.url}/prod?key=${key}`)
  const body = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, ms: performance.now() - start, body }
}

async function landed({ service }: Bed, variant: string, count: number) {
  const end = performance.now() + landingMs
  while (performance.now() < end) {
    const lines = service.log.filter(({ msg, key }) => msg === 'landed' && key === variant)
    if (lines.length >= count) return lines[count - 1]
    await sleep(20)
  }
  return undefined
}

async function bytesOf({ aws }: Bed, key: string): Promise<Buffer | undefined> {
  const found = await aws.bucket.read(key)
  return found && Buffer.concat(await found.body.toArray())
}

function crcOf(bytes: Buffer): string {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(bytes))
  return value.toString('base64')
}
