import fc from 'fast-check'
import t from 'tap'
import { escapeKey, escapeText } from '../../../service/s3-http/escape.ts'

const text = fc.string({ unit: 'grapheme' }).map((one) => one.toWellFormed())

t.test('leaves unreserved characters, and in keys slashes, and nothing else', async (t) => {
  t.equal(escapeText("az-AZ_09.~/!'()*+ &ü"), 'az-AZ_09.~%2F%21%27%28%29%2A%2B%20%26%C3%BC')
  t.equal(escapeKey('img/150x200/(a) b+c.png'), 'img/150x200/%28a%29%20b%2Bc.png')
})

t.test('is undone by decoding', async () => {
  fc.assert(
    fc.property(text, (one) => {
      const [whole, key] = [escapeText(one), escapeKey(one)]
      const isEscaped = /^[\w.~%-]*$/.test(whole) && /^[\w.~%/-]*$/.test(key)
      return isEscaped && decodeURIComponent(whole) === one && decodeURIComponent(key) === one
    }),
  )
})
