import t from 'tap'
import { createBodyReader } from '../../../service/s3-http/body-reader.ts'

const text = (parts: Buffer[]) => parts.map(String)

t.test('a body of known length', async (t) => {
  const reader = createBodyReader({ bytes: 7 })
  t.ok(reader.plain)
  t.strictSame(text(reader.take(Buffer.from('abc'))), ['abc'])
  reader.count(3)
  t.notOk(reader.done)
  t.strictSame(text(reader.take(Buffer.alloc(0))), [])
  t.strictSame(text(reader.take(Buffer.from('g'))), ['g'])
  t.ok(reader.done)
  t.throws(() => reader.take(Buffer.from('h')), /longer/)
  t.throws(() => reader.count(1), /longer/)
})

t.test('none at all is done', async (t) => {
  t.ok(createBodyReader({ bytes: 0 }).done)
})

t.test('one in chunks', async (t) => {
  const reader = createBodyReader('chunked')
  t.notOk(reader.plain)
  t.strictSame(text(reader.take(Buffer.from('3\r\nabc\r\n2\r\nd'))), ['abc', 'd'])
  t.notOk(reader.done)
  t.strictSame(text(reader.take(Buffer.from('e\r\n0\r\n\r\n'))), ['e'])
  t.ok(reader.done)
})

t.test('one that ends with its connection is never done', async (t) => {
  const reader = createBodyReader('close')
  t.ok(reader.plain)
  t.strictSame(text(reader.take(Buffer.from('abc'))), ['abc'])
  reader.count(1_000_000)
  t.notOk(reader.done)
})
