import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { freePort, listen } from '../../../infra/local/listener.ts'

const anywhere = { host: '127.0.0.1', port: 0, setting: 'CDN_PORT' }

t.test('a port in use is told with its number and its setting', async (t) => {
  const first = await listen(() => undefined, anywhere)
  t.teardown(() => first.stop())
  const second = listen(() => undefined, { ...anywhere, port: first.port })
  const message = `Port ${first.port} is in use by another process; set CDN_PORT to another one.`
  await t.rejects(second, { message })
  await t.rejects(freePort({ ...anywhere, port: first.port }), { message })
})

t.test('an address of another machine is told', async (t) => {
  await t.rejects(
    listen(() => undefined, { ...anywhere, host: '192.0.2.1' }),
    {
      message: 'This machine does not have the address 192.0.2.1; set LAPTOP_HOST to one it has.',
    },
  )
})

t.test('a host without an address is told, not the port', async (t) => {
  await t.rejects(freePort({ ...anywhere, host: 'none.invalid' }), {
    message: 'There is no address for the host none.invalid; set LAPTOP_HOST to another one.',
  })
})

t.test('stopping lets requests under way end, though their clients keep connections', async (t) => {
  let answer: () => void = () => undefined
  const listener = await listen((_, response) => {
    answer = () => response.end('answered')
  }, anywhere)
  const asked = new Promise<string>((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: listener.port,
      headers: { connection: 'keep-alive' },
    })
    sent.on('error', reject)
    sent.on('response', (response) => resolve(text(response)))
    sent.end()
  })
  const unanswered = answer
  while (answer === unanswered) await new Promise(setImmediate)
  const stopped = listener.stop()
  answer()
  t.equal(await asked, 'answered')
  await stopped
})

t.test('a free port is given to nobody else before its process has started', async (t) => {
  const free = new Set<number>()
  while (free.size < 20) free.add(await freePort(anywhere))
  // Of 28,000 ports 20 would be met with near certainty.
  for (let count = 1; count <= 4000; count++) {
    const { port } = await listenOnce(0)
    if (free.has(port)) t.fail(`${port} is given out`)
  }
  for (const port of free) t.same(await listenOnce(port), { port })
})

t.test('who asks at the port meanwhile does not hold it', async (t) => {
  const { port } = await listenOnce(0)
  let met = 0
  let over = false
  const viewer = () => {
    const socket = connect(port, '127.0.0.1').resume()
    socket.on('connect', () => {
      met++
      socket.write('GET / HTTP/1.1\r\n\r\n')
    })
    socket.on('error', () => {})
    socket.on('close', () => over || setImmediate(viewer))
  }
  for (let count = 0; count < 4; count++) viewer()
  while (met < 20) {
    await freePort({ ...anywhere, port })
    // The turn in which those who were refused ask again.
    await new Promise(setImmediate)
  }
  over = true
  t.pass()
})

async function listenOnce(port: number): Promise<{ port: number }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return { port: address.port }
}
