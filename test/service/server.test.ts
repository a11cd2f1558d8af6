import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type Aws, startAws } from '../../bench/trials/aws.ts'
import {
  type ServiceProcess,
  spawnService,
  startService,
} from '../../bench/trials/service-process.ts'
import { picture } from '../helper.ts'
import { until } from '../until.ts'

t.jobs = 4

async function start(t: Test, env: Record<string, string> = {}) {
  const aws = await startAws()
  t.teardown(() => aws.stop())
  const service = await startService({ ...aws.environment, ...env })
  t.teardown(() => service.stop())
  return { aws, service }
}

async function upload({ bucket }: Aws, key: string): Promise<void> {
  await bucket.write(key, await picture(400, 300).png().toBuffer(), { contentType: 'image/png' })
}

const ask = ({ url }: ServiceProcess, key: string) => fetch(`${url}/prod?key=${key}`)

t.test('SIGTERM: what is under way is answered, written and invalidated', async (t) => {
  const { aws, service } = await start(t)
  const names = Array.from({ length: 6 }, (_, i) => `${i}.png`)
  for (const name of names) await upload(aws, `img/${name}`)
  aws.faults.add({
    operation: 'GetObject',
    key: (key) => key > 'img/2',
    action: { kind: 'delay', ms: 700 },
  })
  aws.faults.add({ operation: 'PutObject', action: { kind: 'delay', ms: 700 } })
  aws.faults.add({
    operation: 'CreateInvalidation',
    times: 1,
    action: { kind: 'error', status: 400, code: 'Throttling' },
  })
  const inTime = await Promise.all(
    names.slice(0, 3).map((name) => ask(service, `img/150x200/${name}`)),
  )
  t.same(
    inTime.map(({ status }) => status),
    [200, 200, 200],
    'answered, and being written',
  )
  const pending = names.slice(3).map((name) => ask(service, `img/150x200/${name}`))
  await until(() => aws.requests.filter(({ operation }) => operation === 'GetObject').length === 6)

  const exited = service.stop()
  await t.resolves(untilUnready(service))
  const refused = await ask(service, 'img/100x100/0.png')
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(await refused.json(), { code: 'stopping' })
  t.equal((await fetch(`${service.url}/healthz`)).status, 200)
  for (const answer of await Promise.all(pending)) {
    t.equal(answer.status, 200)
    t.ok((await answer.arrayBuffer()).byteLength > 0)
  }
  t.match(await exited, { code: 0, signal: null })
  for (const name of names) t.ok(await aws.bucket.head(`img/150x200/${name}`), name)
  t.same(
    [...aws.invalidated].sort(),
    names.map((name) => `/img/150x200/${name}`),
  )
  t.equal(service.log.filter(({ msg }) => msg === 'landed').length, names.length)
  t.equal(service.log.at(-1)?.msg, 'stopped')
})

t.test('SIGTERM with nothing to do ends at once', async (t) => {
  const { service } = await start(t)
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)
  t.match(await service.stop(), { code: 0, signal: null })
})

t.test('its end tells the metrics of its last minute', async (t) => {
  const { aws, service } = await start(t, { METRICS: 'emf' })
  await upload(aws, 'img/x.png')
  t.equal((await ask(service, 'img/150x200/x.png')).status, 200)
  await service.stop()
  const told = service.log.filter((line) => '_aws' in line)
  t.match(told, [{ Service: 'rightsize', Requests: 1 }])
  t.equal(told.length, 1)
})

t.test('SIGTERM ends it though nobody reads its log any more', async (t) => {
  const { child, log, exited } = spawnService({ BUCKET: 'origin', AWS_REGION: 'eu-central-1' })
  t.teardown(() => child.kill('SIGKILL'))
  let ended = false
  void exited.then(() => {
    ended = true
  })
  // One that does not even start is told by its end, not by the test's time limit.
  await until(() => ended || log.some(({ msg }) => msg === 'ready'))
  t.notOk(ended, 'it has started')
  child.stdout.destroy()
  child.kill('SIGTERM')
  t.match(await exited, { code: 0, signal: null })
})

t.test('an unset distribution is said once', async (t) => {
  const { service } = await start(t, { CF_DistributionId: '' })
  await service.stop()
  t.equal(service.log.filter(({ msg }) => /nothing to invalidate/.test(`${msg}`)).length, 1)
})

t.test('all faults of the environment are named at once', async (t) => {
  const { exited } = spawnService({
    PORT: '99999',
    ALLOWED_DIMENSIONS: '100x100,huge',
    ALLOWED_IMAGE_TYPES: '.exe',
    KEY_PREFIXES: '/img',
    DEADLINE_MS: 'soon',
    LOG_LEVEL: 'loud',
  })
  const { code, stderr } = await exited
  t.equal(code, 1)
  for (const name of [
    'BUCKET',
    'PORT',
    'ALLOWED_DIMENSIONS',
    'ALLOWED_IMAGE_TYPES',
    'KEY_PREFIXES',
    'DEADLINE_MS',
    'LOG_LEVEL',
  ]) {
    t.match(stderr, new RegExp(`^  ${name}: `, 'm'))
  }
  t.notMatch(stderr, /^ +at /m, 'no stack')
})

t.test('a missing region is said before the first request would fail for it', async (t) => {
  const { code, stderr } = await spawnService({ BUCKET: 'origin', PORT: '0' }).exited
  t.equal(code, 1)
  t.match(stderr, /^AWS_REGION: is required/m)
})

t.test('a port in use is said clearly', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const { exited } = spawnService({ BUCKET: 'origin', AWS_REGION: 'eu-central-1', PORT: `${port}` })
  const { code, stderr } = await exited
  t.equal(code, 1)
  t.match(stderr, `cannot listen on 127.0.0.1:${port}`)
  t.match(stderr, 'EADDRINUSE')
  t.notMatch(stderr, /^ +at /m, 'no stack')
})

async function untilUnready({ url }: ServiceProcess): Promise<void> {
  while ((await fetch(`${url}/readyz`)).ok);
}
