import fc from 'fast-check'
import t from 'tap'
import { RightsizeError } from '../../service/errors.ts'
import { keyReadings, rawKey } from '../../service/request-key.ts'

const raw: [url: string, key: string][] = [
  ['/prod?key=img/150x200/x.png', 'img/150x200/x.png'],
  ['/prod?key=img/150x200/a&b.png', 'img/150x200/a&b.png'],
  ['/prod?key=img/150x200/a&b=c&d.png', 'img/150x200/a&b=c&d.png'],
  ['/prod?key=key=777x777', 'key=777x777'],
  ['/prod?key=a&key=b', 'a&key=b'],
  ['/prod?v=1&key=img/150x200/x.png', 'img/150x200/x.png'],
  ['/prod?v=1&w=2&key=x', 'x'],
  ['/prod?monkey=1&key=x', 'x'],
  ['/prod?key=a?b', 'a?b'],
  ['/prod?key=a#b', 'a#b'],
  ['/prod?key=a%26b%3D', 'a%26b%3D'],
  ['/prod?key=a+b', 'a+b'],
  ['/prod?key=a\nb', 'a\nb'],
  ['/prod?key==', '='],
  ['/prod?key=&key=x', '&key=x'],
  ['/prod?key=\u00c3\u00bc%20.png', '%c3%bc%20.png'],
  ['/prod?key=\u00ff', '%ff'],
  ['?key=x', 'x'],
]

for (const [url, key] of raw) {
  t.test(`the raw key of ${JSON.stringify(url)}`, async (t) => {
    t.equal(rawKey(url), key)
  })
}

const missing = [
  '',
  '/prod',
  '/prod?',
  '/prod?key',
  '/prod?key=',
  '/prod?v=1',
  '/prod?v=1&key=',
  '/prod?Key=x',
  '/prod?monkey=x',
  '/prod?%6Bey=x',
  '/prod#key=x',
  '/key=x',
]

for (const url of missing) {
  t.test(`no key in ${JSON.stringify(url)}`, async (t) => {
    t.throws(() => rawKey(url), {
      code: 'key_missing',
      status: 400,
      message: 'The query must be key=<prefix><width>x<height>/<path>.',
    })
  })
}

const readings: [raw: string, readings: string[]][] = [
  ['img/x.png', ['img/x.png']],
  ['a%20b', ['a b']],
  ['a%2Bb', ['a+b']],
  ['a%26b%3Dc', ['a&b=c']],
  ['%C3%BC.png', ['ü.png']],
  ['u%CC%88.png', ['u\u0308.png']],
  ['%25C3%25BC.png', ['%C3%BC.png', 'ü.png']],
  ['100%25.png', ['100%.png']],
  ['100%2525.png', ['100%25.png', '100%.png']],
  ['%25zz', ['%zz']],
  ['%25C3.png', ['%C3.png']],
  ['a+b', ['a+b', 'a b']],
  ['a+%2B', ['a++', 'a +']],
  ['a+%2520', ['a+%20', 'a+ ', 'a %20']],
]

for (const [raw, expected] of readings) {
  t.test(`what ${raw} may mean`, async (t) => {
    t.strictSame([...keyReadings(raw)], expected)
  })
}

for (const malformed of [
  '%',
  'a%',
  '%2',
  '%zz',
  '%C3',
  '%C3%28',
  '%ED%A0%80',
  '%FF',
  'a+%',
  '%u00fc',
]) {
  t.test(`${malformed} is malformed`, async (t) => {
    t.throws(() => [...keyReadings(malformed)], {
      code: 'key_malformed',
      status: 400,
      message: 'The key is not percent-encoded UTF-8.',
    })
  })
}

t.test('a key encoded by any of the usual ways has itself as its first reading', async () => {
  const encodings = [encodeURIComponent, encodeURI]
  const key = fc.string({ unit: 'binary', minLength: 1 })
  fc.assert(
    fc.property(key, fc.constantFrom(...encodings), (key, encode) => {
      const [first] = keyReadings(rawKey(`/prod?key=${encode(key)}`))
      return first === key
    }),
    { numRuns: 300 },
  )
})

t.test('a key encoded twice, or as a form does, is among its readings', async () => {
  const key = fc.string({ unit: 'binary', minLength: 1 })
  fc.assert(
    fc.property(key, (key) => {
      const encoded = encodeURIComponent(key)
      const form = encoded.replaceAll('%20', '+')
      return (
        [...keyReadings(encodeURIComponent(encoded))].includes(key) &&
        [...keyReadings(form)].includes(key)
      )
    }),
    { numRuns: 300 },
  )
})

t.test('at most three readings, all different', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('%', '2', '5', '+', 'B', 'a') }), (raw) => {
      try {
        const found = [...keyReadings(raw)]
        return found.length <= 3 && new Set(found).size === found.length
      } catch (error) {
        return error instanceof RightsizeError && error.code === 'key_malformed'
      }
    }),
    { numRuns: 1_000 },
  )
})
