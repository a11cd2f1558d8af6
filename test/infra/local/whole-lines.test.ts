import { PassThrough, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import t from 'tap'
import { wholeLines } from '../../../infra/local/whole-lines.ts'

t.test('lines of two streams do not mix, however they are broken', async (t) => {
  const chunks: string[] = []
  const output = new Writable({
    write: (chunk, _, done) => {
      chunks.push(String(chunk))
      done()
    },
  })
  const first = new PassThrough()
  const second = new PassThrough()
  const both = [first, second].map((stream) => stream.pipe(wholeLines()))
  for (const lines of both) lines.pipe(output, { end: false })
  const accent = Buffer.from('é\n')
  first.write('{"one":')
  second.write('{"other":1}\n{"next"')
  first.write('1}\n')
  first.write(accent.subarray(0, 1))
  output.write('between\n')
  first.end(accent.subarray(1))
  second.end(':2}')
  await Promise.all(both.map((lines) => finished(lines)))
  t.strictSame(chunks.sort(), ['between\n', '{"next":2}\n', '{"one":1}\n', '{"other":1}\n', 'é\n'])
})
