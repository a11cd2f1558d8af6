import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { addressTable } from '../../../infra/local/address-table.ts'
import { startLaptop } from '../../../infra/local/laptop.ts'
import { readLaptopSettings } from '../../../infra/local/laptop-settings.ts'
import { freePort } from '../../../infra/local/listener.ts'
import { ask, serve } from './http.ts'

async function options(t: Test, environment: Record<string, string>) {
  const data = await mkdtemp(join(tmpdir(), 'rightsize-laptop-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  const anyPorts = { CDN_PORT: '0', API_PORT: '0', WEBSITE_PORT: '0', AWS_PORT: '0', PORT: '0' }
  const given = { ...anyPorts, DATA_DIR: data, LOG_LEVEL: 'silent', ...environment }
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  return { settings: readLaptopSettings(given), environment: given, output }
}

t.test('a service elsewhere is reached through the API under its public name', async (t) => {
  const service = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-length': 9, 'x-asked': request.url }).end('elsewhere')
  })
  const laptop = await startLaptop(
    await options(t, { SERVICE_URL: service.href, PUBLIC_API_HOST: 'api.example:81' }),
  )
  t.teardown(() => laptop.stop())
  const redirect = await ask(laptop.addresses.cdn, '/img/150x200/x.png')
  t.equal(redirect.headers.location, 'http://api.example:81/prod?key=img/150x200/x.png')
  const answer = await ask(laptop.addresses.api, '/prod?key=img/150x200/x.png')
  t.equal(answer.headers['x-asked'], '/prod?key=img/150x200/x.png')
  t.equal(answer.body.toString(), 'elsewhere')
})

const loopbackNet = { skip: process.platform !== 'linux' && 'needs all of 127.0.0.0/8' }

t.test('who listens at another address sends viewers there', loopbackNet, async (t) => {
  const given = await options(t, {
    SERVICE_URL: 'http://127.0.0.1:1',
    LAPTOP_HOST: '127.0.0.10',
  })
  const laptop = await startLaptop(given)
  t.teardown(() => laptop.stop())
  const { cdn, api } = laptop.addresses
  const { headers } = await ask(cdn, '/img/150x200/x.png')
  t.equal(headers.location, `${api}/prod?key=img/150x200/x.png`)
  const table = addressTable(laptop.addresses, 'data', undefined)
  t.match(table, `  ${cdn}  `)
  t.match(table, '  http://localhost:1/prod?key=')
})

t.test('a service that ends before it is ready stops everything again', async (t) => {
  const anyPort = { host: '127.0.0.1', port: 0, setting: 'CDN_PORT' }
  const port = await freePort(anyPort)
  const given = await options(t, { CDN_PORT: String(port), NODE_OPTIONS: '--no-such-option' })
  await t.rejects(startLaptop(given), {
    message: 'The service ended with code 9 before it was ready.',
  })
  t.equal(await freePort({ ...anyPort, port }), port, 'the port is free again')
})

t.test('a service that gets no process stops everything again', async (t) => {
  const anyPort = { host: '127.0.0.1', port: 0, setting: 'CDN_PORT' }
  const port = await freePort(anyPort)
  const given = await options(t, { CDN_PORT: String(port) })
  t.intercept(process, 'execPath', { value: '/no/such/node' })
  await t.rejects(startLaptop(given), {
    message: 'The service cannot be started: spawn /no/such/node ENOENT',
  })
  t.equal(await freePort({ ...anyPort, port }), port, 'the port is free again')
})

const needsLinux = { skip: process.platform !== 'linux' && 'only Linux has abstract sockets' }

t.test('a second laptop is kept out of the folder of one that runs', needsLinux, async (t) => {
  const given = await options(t, { SERVICE_URL: 'http://127.0.0.1:1' })
  const first = await startLaptop(given)
  t.teardown(() => first.stop())
  await t.rejects(startLaptop(given), {
    message: `The folder ${given.settings.dataDirectory} is in use by another laptop; stop that one, or set DATA_DIR to another folder.`,
  })
  t.equal((await ask(first.addresses.cdn, '/img/150x200/x.png')).status, 307, 'the first goes on')
  await first.stop()
  const second = await startLaptop(given)
  await second.stop()
})
