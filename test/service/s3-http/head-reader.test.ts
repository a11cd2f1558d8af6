import fc from 'fast-check'
import t from 'tap'
import { createHeadReader } from '../../../service/s3-http/head-reader.ts'
import { cut, places } from './pieces.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: "a"\r\n\r\n'

t.test('a head cut anywhere, and what comes behind it', async () => {
  const announced = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${head}`
  fc.assert(
    fc.property(fc.constantFrom(head, announced), places, (text, places) => {
      const read = createHeadReader('GET')
      let found: ReturnType<typeof read>
      const behind: Buffer[] = []
      for (const piece of cut(Buffer.from(`${text}body`), places)) {
        if (found) behind.push(piece)
        else found = read(piece)
      }
      const rest = Buffer.concat([found?.rest ?? Buffer.alloc(0), ...behind])
      return found?.head.headers.etag === '"a"' && rest.toString() === 'body'
    }),
  )
})

t.test('one that is none, or too long', async (t) => {
  t.throws(() => createHeadReader('GET')(Buffer.from('SSH-2.0\r\n\r\n')), /not a response/)
  const read = createHeadReader('GET')
  t.equal(read(Buffer.alloc(64 * 1024, 'x')), undefined)
  t.throws(() => read(Buffer.from('x')), /too long/)
})
