import t, { type Test } from 'tap'
import type { Laptop } from '../../../infra/local/laptop.ts'
import { smoke } from '../../../infra/smoke/smoke.ts'
import { readArguments } from '../../../infra/smoke/smoke-arguments.ts'
import { picture, startFlow } from '../../flow/flow.ts'
import { until } from '../../until.ts'
import { closedPort } from './closed-port.ts'

/** A laptop on which `img/x.png` has been uploaded, and has reached the origin bucket. */
async function laptopWithPicture(t: Test, environment: Record<string, string> = {}) {
  const { laptop } = await startFlow(t, environment)
  await laptop.buckets.original.write('img/x.png', await picture('png'), {
    contentType: 'image/png',
  })
  await until(() => laptop.buckets.origin.head('img/x.png'))
  return laptop
}

function check({ addresses }: Laptop, ...args: string[]): Promise<void> {
  const target = readArguments([addresses.cdn, '--patience', '10', ...args])
  return smoke(target, () => undefined, 20)
}

t.test('it passes, and passes again for the next variant', async (t) => {
  const laptop = await laptopWithPicture(t)
  await t.resolves(check(laptop))
  await t.resolves(check(laptop))
  for (const variant of ['100x100', '150x100']) {
    t.ok(await laptop.buckets.origin.head(`img/${variant}/x.png`), variant)
  }
})

t.test('it tells of a routing rule for another prefix', async (t) => {
  const { laptop } = await startFlow(t, { KEY_PREFIXES: 'blog/img/' })
  await t.rejects(check(laptop), {
    message: /got: 404\n.*no routing rule for 404 and this prefix/,
  })
})

t.test('it tells of a routing rule that names another host', async (t) => {
  const host = new URL(await closedPort()).host
  const laptop = await laptopWithPicture(t, { PUBLIC_API_HOST: host })
  await t.rejects(check(laptop), {
    message: new RegExp(`^no answer from http://${host}/prod\\?key=img/100x100/x\\.png: ECONN`),
  })
})

t.test('it tells of a denied bucket', async (t) => {
  const laptop = await laptopWithPicture(t)
  laptop.faults.add({
    operation: 'GetObject',
    action: { kind: 'error', status: 403, code: 'AccessDenied' },
  })
  await t.rejects(check(laptop), {
    message: /got: 502\nstore_denied: .* the service may not read the origin bucket/,
  })
})

t.test('it tells of no service', async (t) => {
  const laptop = await laptopWithPicture(t, { SERVICE_URL: await closedPort() })
  await t.rejects(check(laptop), { message: /expected: 200\n +got: 50[0-9]/ })
})
