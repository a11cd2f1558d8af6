import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { picture } from '../helper.ts'
import { serve } from './serve.ts'

/** The answer to a `GET` whose target is sent as these bytes. */
async function ask(port: number, target: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const head = ' HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  socket.write(Buffer.concat([Buffer.from('GET '), target, Buffer.from(head)]))
  return text(socket)
}

/** Whether this version of Node takes bytes above ASCII in a target; newer parsers refuse them. */
async function parserTakesBytes(): Promise<boolean> {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await ask((server.address() as AddressInfo).port, Buffer.from('/?ü'))
  server.close()
  return answer.startsWith('HTTP/1.1 200')
}

t.test('a key in bytes of UTF-8 that are not percent-encoded', async (t) => {
  const served = await serve(t)
  served.memory.upload('img/Zoë/日本.png', await picture(300, 200).png().toBuffer())
  const target = '/prod?key=img/150x200/Zo%C3%AB/'
  const good = await ask(served.port, Buffer.from(`${target}日本.png`))
  const broken = await ask(served.port, Buffer.from(`${target}\xff.png`, 'latin1'))
  if (await parserTakesBytes()) {
    t.match(good, /^HTTP\/1\.1 200 OK\r\n/)
    t.equal(served.logged('answered')[0]?.key, 'img/150x200/Zoë/日本.png')
    t.match(broken, /^HTTP\/1\.1 400 [\s\S]*"code":"key_malformed"/)
  } else {
    t.match(good, /^HTTP\/1\.1 400 [\s\S]*"code":"http_malformed"/)
    t.match(broken, /^HTTP\/1\.1 400 [\s\S]*"code":"http_malformed"/)
  }
})
