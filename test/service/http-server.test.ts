import { once } from 'node:events'
import { createServer, METHODS } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { answerInNodesPlace } from '../../service/client-error.ts'
import { picture } from '../helper.ts'
import { serve } from './serve.ts'

const target = '/prod?key=img/150x200/x.png'

/** The whole answer to `head`, whose lines are joined here. */
async function exchange(port: number, ...head: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return text(socket)
}

t.test('what Node refuses by itself is answered like everything else', async (t) => {
  const { port, memory } = await serve(t)
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())

  await t.test('an expectation that nobody knows is passed over', async (t) => {
    const head = [`GET ${target} HTTP/1.1`, 'Host: a', 'Expect: wonders', 'Connection: close']
    t.match(await exchange(port, ...head), /^HTTP\/1\.1 200 /)
  })

  await t.test('HTTP/1.1 without a host is none', async (t) => {
    const answer = await exchange(port, `GET ${target} HTTP/1.1`, 'Connection: close')
    t.match(answer, /^HTTP\/1\.1 400 [\s\S]*no-store[\s\S]*"code":"http_malformed"/)
  })

  await t.test('HTTP/1.0 needs no host', async (t) => {
    t.match(await exchange(port, `GET ${target} HTTP/1.0`), /^HTTP\/1\.1 200 /)
  })

  await t.test('a tunnel is a method like others', async (t) => {
    const answer = await exchange(port, 'CONNECT a:80 HTTP/1.1', 'Host: a:80')
    t.match(answer, /^HTTP\/1\.1 405 [\s\S]*no-store[\s\S]*"code":"method_not_allowed"/)
    t.match(answer, /\r\nAllow: GET, HEAD\r\n/i)
  })
})

t.test('whoever asks for a tunnel and breaks off does no harm', async (t) => {
  const { port, agent } = await serve(t)
  for (let i = 0; i < 5; i++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await new Promise<void>((resolve) => {
      socket.write('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', () => resolve())
    })
    socket.resetAndDestroy()
  }
  t.equal((await agent.get('/healthz')).status, 200)
})

t.test('whoever asks for a tunnel and does not read what came before is let go', async (t) => {
  const server = createServer((_request, response) => response.end(Buffer.alloc(64 * 1024 * 1024)))
  server.setTimeout(200)
  answerInNodesPlace(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
  })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => {
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = await once(server, 'request')
  socket.write('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
  await once(response, 'close')
})

t.test('what is at an address does not depend on how it is spelled', async (t) => {
  const { port, memory } = await serve(t)
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const ask = async (method: string, target: string) => {
    const head = [`${method} ${target} HTTP/1.1`, 'Host: a', 'Connection: close']
    const [status = '', ...headers] = (await exchange(port, ...head)).split('\r\n')
    const allow = headers.find((line) => /^allow:/i.test(line))
    return [status.split(' ')[1], allow].join(' ').trim()
  }
  const methods = METHODS.filter((name) => !['GET', 'HEAD', 'CONNECT'].includes(name))

  // RFC 9112, 3.2.2: a server must take the absolute form, though only proxies are sent it.
  for (const spelled of [
    target,
    `http://a${target}`,
    `HTTPS://u:p@[::1]:80${target}`,
    target.replace('prod', '%70ro%64'),
    `http://a${target.replace('prod', '%70rod')}`,
    '/metrics',
    'http://a/metrics',
    '/%6detrics?a/b',
    '/metrics#a',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      t.equal(await ask(method, spelled), '200', `${method} ${spelled}`)
    }
    const refused = await Promise.all(methods.map((method) => ask(method, spelled)))
    t.same(new Set(refused), new Set(['405 allow: GET, HEAD']), spelled)
  }

  for (const spelled of [
    '/none',
    'http://a/none',
    'http://a',
    'http://a?key=img/150x200/x.png',
    `http://a/${target}`,
    `ftp://a${target}`,
    target.replace('prod', 'prod%2F'),
    target.replace('?', '%3F'),
    '/%zz',
    '*',
  ]) {
    const all = ['GET', 'HEAD', ...methods]
    const answers = await Promise.all(all.map((method) => ask(method, spelled)))
    t.same(new Set(answers), new Set(['404']), spelled)
  }
})
