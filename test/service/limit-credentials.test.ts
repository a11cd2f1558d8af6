import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { awsClients } from '../../service/aws-clients.ts'
import { createDirect } from '../../service/s3-direct.ts'
import { createTransport } from '../../service/s3-http/handler.ts'
import { s3Store } from '../../service/s3-store.ts'
import { serviceClients } from '../../service/service-clients.ts'

for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  // Nobody listens; without credentials nobody is asked.
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
})

/** An endpoint of credentials; `answer` is told how often it was asked before. */
async function endpoint(t: Test, answer: (response: ServerResponse, nth: number) => void) {
  const asked: ServerResponse[] = []
  const server = createServer((_, response) => answer(response, asked.push(response) - 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${port}/`
  return asked
}

/** Answers with credentials by this name, for so many seconds. */
function give(response: ServerResponse, name: string, seconds: number): void {
  const Expiration = new Date(Date.now() + seconds * 1000).toISOString()
  const credentials = { AccessKeyId: name, SecretAccessKey: 'any', Token: 'any', Expiration }
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(credentials))
}

const silent = () => {}

/** Clients that wait 200 ms for credentials. */
function impatientClients(t: Test) {
  const options = { pathStyle: true, maxSockets: 4, answerMs: 1_000, s3Attempts: 3 }
  const clients = awsClients({ ...options, credentialsMs: 200 })
  t.teardown(() => {
    for (const client of Object.values(clients)) client.destroy()
  })
  return clients
}

t.test('calls end with their signal, though credentials never come', async (t) => {
  await endpoint(t, silent)
  const { s3, storeOf } = serviceClients({ pathStyle: true, maxConnections: 4 })
  t.teardown(() => s3.destroy())
  const ended = { name: 'StoreError', failure: 'aborted' }
  await t.rejects(storeOf('b').get('k', { signal: AbortSignal.timeout(100) }), ended)
  await t.rejects(storeOf('b').head('k', { signal: AbortSignal.timeout(100) }), ended)
  await t.rejects(s3Store(s3, 'b').head('k', { signal: AbortSignal.timeout(100) }), ended)
})

t.test('credentials that do not come are a timeout of the store', async (t) => {
  const asked = await endpoint(t, silent)
  const { s3 } = impatientClients(t)
  const late = { name: 'StoreError', failure: 'timeout' }
  await t.rejects(s3Store(s3, 'b').get('k'), late)
  t.equal(asked.length, 1)
  const transport = createTransport({ connectMs: 5_000, idleMs: 5_000, maxConnections: 1 })
  const store = s3Store(s3, 'b', createDirect(s3, 'b', transport))
  await t.rejects(store.head('k'), late)
  const attributes = { contentType: 'image/png', cacheControl: 'public', metadata: {} }
  await t.rejects(store.put('k', Buffer.from('x'), attributes), late)
  await t.rejects(store.remove('k'), late)
})

for (const name of ['s3', 'cloudFront'] as const) {
  t.test(`${name}: credentials are asked for again after they did not come`, async (t) => {
    const asked = await endpoint(t, (response, nth) => nth > 0 && give(response, 'new', 3600))
    const { [name]: client } = impatientClients(t)
    const { config } = client
    const all = [config.credentials(), config.credentials()]
    for (const one of all) await t.rejects(one, { name: 'TimeoutError' })
    t.equal(asked.length, 1, 'once for all who wait')
    t.match(await config.credentials(), { accessKeyId: 'new' })
    await config.credentials()
    t.equal(asked.length, 2, 'what is known is not asked for')
  })

  t.test(`${name}: nobody waits for new credentials while the old are good`, async (t) => {
    const asked = await endpoint(t, (response, nth) => nth === 0 && give(response, 'old', 60))
    const { [name]: client } = impatientClients(t)
    for (let i = 0; i < 3; i++) {
      t.match(await client.config.credentials(), { accessKeyId: 'old' })
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    t.match(await client.config.credentials(), { accessKeyId: 'old' })
    t.equal(asked.length, 2)
  })
}
