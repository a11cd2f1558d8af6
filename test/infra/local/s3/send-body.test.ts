import { Readable } from 'node:stream'
import t from 'tap'
import { sendBody } from '../../../../infra/local/s3/send-body.ts'
import { ask, serve } from '../http.ts'

t.test('a body that is shorter than declared, or fails, breaks the connection', async (t) => {
  const failing = () =>
    new Readable({
      read() {
        this.destroy(new Error('the disk failed'))
      },
    })
  for (const [open, expected] of [
    [() => Readable.from([Buffer.from('12345'), Buffer.from('67890')]), '1234567890'],
    [() => Readable.from([Buffer.from('12345')]), 'broken'],
    [failing, 'broken'],
  ] as const) {
    const body = open()
    const base = await serve(t, async (_req, res) => {
      res.writeHead(200, { 'content-length': 10 })
      await sendBody(body, res, 10)
    })
    const seen = await ask(base, '/').then(
      (answer) => answer.body.toString(),
      () => 'broken',
    )
    t.equal(seen, expected)
    t.ok(body.destroyed)
  }
})
