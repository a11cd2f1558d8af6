import fc from 'fast-check'
import t from 'tap'
import { type ErrorCode, RightsizeError } from '../../service/errors.ts'
import {
  formatImageKey,
  formatVariant,
  isVariantLike,
  maxKeyBytes,
  parseImageKey,
  parseVariantName,
  prefixOf,
} from '../../service/image-key.ts'

const one = ['img/']
const several = ['img/', 'blog/img/', 'img/blog/', 'base/img/']

function refusal(key: string, prefixes: readonly string[]): RightsizeError {
  try {
    parseImageKey(key, prefixes)
  } catch (error) {
    if (error instanceof RightsizeError) return error
    throw error
  }
  throw new Error(`${JSON.stringify(key)} was accepted`)
}

const accepted: [key: string, prefix: string, variant: string, original: string][] = [
  ['img/150x200/x.png', 'img/', '150x200', 'img/x.png'],
  ['img/1x1/x.png', 'img/', '1x1', 'img/x.png'],
  ['img/150x200/a/b/c.png', 'img/', '150x200', 'img/a/b/c.png'],
  ['img/150x200/a b+c&d=e.png', 'img/', '150x200', 'img/a b+c&d=e.png'],
  ['img/150x200/100%.png', 'img/', '150x200', 'img/100%.png'],
  ['img/150x200/%2e%2e/x.png', 'img/', '150x200', 'img/%2e%2e/x.png'],
  ['img/150x200/(1)[2]{3}#?*.png', 'img/', '150x200', 'img/(1)[2]{3}#?*.png'],
  ['img/150x200/u\u0308.png', 'img/', '150x200', 'img/u\u0308.png'],
  ['img/150x200/\u00fc.png', 'img/', '150x200', 'img/\u00fc.png'],
  ['img/150x200/🦊.png', 'img/', '150x200', 'img/🦊.png'],
  ['img/150x200/a//b.png', 'img/', '150x200', 'img/a//b.png'],
  ['img/150x200//x.png', 'img/', '150x200', 'img//x.png'],
  ['img/150x200/a/', 'img/', '150x200', 'img/a/'],
  ['img/150x200/...', 'img/', '150x200', 'img/...'],
  ['img/150x200/.hidden/..x.png', 'img/', '150x200', 'img/.hidden/..x.png'],
  ['img/150x200/a/100x100/b.png', 'img/', '150x200', 'img/a/100x100/b.png'],
  ['img/150x200/100x100', 'img/', '150x200', 'img/100x100'],
  ['img/150x200/img/x.png', 'img/', '150x200', 'img/img/x.png'],
  ['blog/img/600x600/a.png', 'blog/img/', '600x600', 'blog/img/a.png'],
  ['img/blog/600x600/a.png', 'img/blog/', '600x600', 'img/blog/a.png'],
  ['img/600x600/blogs/a.png', 'img/', '600x600', 'img/blogs/a.png'],
  ['img/600x600/blog', 'img/', '600x600', 'img/blog'],
]

for (const [key, prefix, variant, original] of accepted) {
  t.test(`accepts ${JSON.stringify(key)}`, async (t) => {
    const image = parseImageKey(key, several)
    const path = original.slice(prefix.length)
    t.strictSame(
      { ...image, variant: formatVariant(image.variant) },
      { key, prefix, variant, path, original },
    )
    t.equal(formatImageKey(image), key)
  })
}

const startsWith = 'The key must start with img/.'
const grammar = 'The key must be img/<width>x<height>/<path>, such as img/150x200/x.png.'
const noPath = 'The key has no path behind its dimensions.'
const dots = 'The key has a "." or ".." segment.'
const twice = 'The key names a variant of a variant; dimensions may stand only once.'
const canonical = (key: string) => `The key is not in its canonical form, which is ${key}`

const refused: [key: string, code: ErrorCode, message: string][] = [
  ['', 'key_malformed', startsWith],
  ['x', 'key_malformed', startsWith],
  ['img', 'key_malformed', startsWith],
  ['/img/150x200/x.png', 'key_malformed', startsWith],
  ['IMG/150x200/x.png', 'key_malformed', startsWith],
  ['imgs/150x200/x.png', 'key_malformed', startsWith],
  ['a/img/150x200/x.png', 'key_malformed', startsWith],
  ['key=777x777', 'key_malformed', startsWith],
  ['img/', 'key_malformed', grammar],
  ['img/x.png', 'key_malformed', grammar],
  ['img//150x200/x.png', 'key_malformed', grammar],
  ['img/a/100x100/b.png', 'key_malformed', grammar],
  ['img/150x/x.png', 'key_malformed', grammar],
  ['img/x200/x.png', 'key_malformed', grammar],
  ['img/150x200x300/x.png', 'key_malformed', grammar],
  ['img/ 150x200/x.png', 'key_malformed', grammar],
  ['img/150x200 /x.png', 'key_malformed', grammar],
  ['img/150x200\n/x.png', 'key_malformed', grammar],
  ['img/+150x200/x.png', 'key_malformed', grammar],
  ['img/-150x200/x.png', 'key_malformed', grammar],
  ['img/1.5x200/x.png', 'key_malformed', grammar],
  ['img/1e2x200/x.png', 'key_malformed', grammar],
  ['img/١٥٠x٢٠٠/x.png', 'key_malformed', grammar],
  ['img/0x200/x.png', 'key_malformed', grammar],
  ['img/150x0/x.png', 'key_malformed', grammar],
  ['img/000x000/x.png', 'key_malformed', grammar],
  ['img/9007199254740992x1/x.png', 'key_malformed', grammar],
  [`img/${'9'.repeat(400)}x1/x.png`, 'key_malformed', grammar],
  ['img/150x200', 'key_malformed', noPath],
  ['img/150x200/', 'key_malformed', noPath],
  ['img/0150x200', 'key_malformed', noPath],
  ['img/150x200/.', 'key_malformed', dots],
  ['img/150x200/..', 'key_malformed', dots],
  ['img/150x200/../x.png', 'key_malformed', dots],
  ['img/150x200/a/./x.png', 'key_malformed', dots],
  ['img/150x200/a/..', 'key_malformed', dots],
  ['img/0150x200/../x.png', 'key_malformed', dots],
  ['img/100x100/150x200/x.png', 'key_malformed', twice],
  ['img/100x100/0150X200/x.png', 'key_malformed', twice],
  ['img/100x100/150×200/x.png', 'key_malformed', twice],
  ['img/100X100/150x200/x.png', 'key_malformed', twice],
  ['img/100x100/150x200/', 'key_malformed', twice],
  ['img/0150x200/x.png', 'key_not_canonical', canonical('img/150x200/x.png')],
  ['img/150x0200/x.png', 'key_not_canonical', canonical('img/150x200/x.png')],
  ['img/150X200/x.png', 'key_not_canonical', canonical('img/150x200/x.png')],
  ['img/150×200/a/ü.png', 'key_not_canonical', canonical('img/150x200/a/ü.png')],
  ['img/00150X00200/x.png', 'key_not_canonical', canonical('img/150x200/x.png')],
  ['img/150x200/a\0.png', 'key_malformed', 'The key has a NUL character.'],
  ['img/150x200/a\\b.png', 'key_malformed', 'The key has a backslash.'],
  ['\\', 'key_malformed', 'The key has a backslash.'],
  ['img/150x200/\ud800.png', 'key_malformed', 'The key is not valid Unicode.'],
  ['img/150x200/\udc00\ud800.png', 'key_malformed', 'The key is not valid Unicode.'],
  [`img/150x200/${'x'.repeat(1013)}`, 'key_malformed', 'The key is longer than 1024 bytes.'],
]

for (const [key, code, message] of refused) {
  t.test(`refuses ${JSON.stringify(key).slice(0, 60)}: ${message}`, async (t) => {
    const { code: found, message: said, status } = refusal(key, one)
    t.strictSame({ code: found, message: said, status }, { code, message, status: 400 })
  })
}

t.test('names every prefix where there are several', async (t) => {
  const { message } = refusal('x', several)
  t.equal(message, 'The key must start with one of img/, blog/img/, img/blog/, base/img/.')
})

t.test('names the prefix that the key has', async (t) => {
  const { message } = refusal('blog/img/x.png', several)
  t.equal(
    message,
    'The key must be blog/img/<width>x<height>/<path>, such as blog/img/150x200/x.png.',
  )
})

t.test('an original below a nested prefix has its variants there and nowhere else', async (t) => {
  const { code, message } = refusal('img/600x600/blog/a.png', several)
  t.equal(code, 'key_not_canonical')
  t.equal(message, canonical('img/blog/600x600/a.png'))
  t.equal(refusal('img/600x600/blog/100x100/a.png', several).message, twice)
  t.equal(refusal('img/600x600/blog/', several).message, noPath)
})

t.test('counts the limit of 1,024 in bytes of UTF-8', async (t) => {
  const start = 'img/150x200/'
  for (const [character, bytes] of [
    ['x', 1],
    ['ü', 2],
    ['日', 3],
    ['🦊', 4],
  ] as const) {
    const room = maxKeyBytes - start.length
    const longest = start + character.repeat(room / bytes) + 'x'.repeat(room % bytes)
    t.equal(Buffer.byteLength(longest), 1024)
    t.equal(parseImageKey(longest, one).key, longest, `${character} up to the limit`)
    t.equal(refusal(`${longest}x`, one).message, 'The key is longer than 1024 bytes.')
  }
})

t.test('the longest prefix wins, whatever the order of the list', async (t) => {
  const nested = ['img/', 'img/blog/', 'img/blog/old/']
  for (const prefixes of [nested, [...nested].reverse()]) {
    t.equal(prefixOf('img/x.png', prefixes), 'img/')
    t.equal(prefixOf('img/blog/x.png', prefixes), 'img/blog/')
    t.equal(prefixOf('img/blog/old/x.png', prefixes), 'img/blog/old/')
    t.equal(prefixOf('img/blog/older/x.png', prefixes), 'img/blog/')
    t.equal(prefixOf('blog/x.png', prefixes), undefined)
  }
})

t.test('the allowlist is spelled as keys are', async (t) => {
  t.strictSame(parseVariantName('150x200'), { width: 150, height: 200 })
  for (const name of [
    '',
    '150',
    '150x',
    '0150x200',
    '150X200',
    '150×200',
    '0x1',
    '1x1x1',
    ' 1x1',
  ]) {
    t.equal(parseVariantName(name), undefined, JSON.stringify(name))
  }
})

t.test('what resembles a variant, canonical or not', async (t) => {
  for (const segment of ['1x1', '150x200', '0150x200', '150X200', '150×200', '0x0']) {
    t.ok(isVariantLike(segment), segment)
  }
  for (const segment of ['', 'x', '150x', 'x200', 'a150x200', '150x200a', '150x200\n']) {
    t.notOk(isVariantLike(segment), JSON.stringify(segment))
  }
})

const side = fc.integer({ min: 1, max: 20_000 })
const codeUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd700, max: 0xe000 })), {
    maxLength: 12,
  })
  .map((units) => String.fromCharCode(...units))
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: codeUnits },
  { weight: 1, arbitrary: fc.constantFrom('.', '..', '', '100x100', 'blog', '%2F', 'a+b&c=d') },
)
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'))
const image = fc.record({
  prefix: fc.constantFrom(...several),
  variant: fc.record({ width: side, height: side }),
  path,
})

t.test('parsing and formatting are inverse for every key that is accepted', async (t) => {
  let count = 0
  fc.assert(
    fc.property(image, (given) => {
      const key = formatImageKey(given)
      try {
        const parsed = parseImageKey(key, several)
        count++
        return formatImageKey(parsed) === key && parsed.original === parsed.prefix + parsed.path
      } catch (error) {
        return error instanceof RightsizeError && error.status === 400
      }
    }),
    { numRuns: 800 },
  )
  t.ok(count > 80, `${count} of 800 were accepted`)
})

t.test('the canonical key that a refusal names is accepted, and names one image', async () => {
  const spelled = fc.tuple(image, fc.constantFrom('x', 'X', '×'), fc.constantFrom('', '0', '00'))
  fc.assert(
    fc.property(spelled, ([{ prefix, variant, path }, cross, zeros]) => {
      const key = `${prefix}${zeros}${variant.width}${cross}${zeros}${variant.height}/${path}`
      try {
        parseImageKey(key, several)
      } catch (error) {
        const { code, message } = error as RightsizeError
        if (code !== 'key_not_canonical') return true
        const named = parseImageKey(message.slice(canonical('').length), several)
        return named.original === prefix + path && named.variant.width === variant.width
      }
      return true
    }),
    { numRuns: 800 },
  )
})

t.test('no two keys of one image and size are both accepted', async () => {
  fc.assert(
    fc.property(fc.tuple(side, side, path), ([width, height, path]) => {
      const variant = { width, height }
      const spellings = ['img/', 'img/blog/']
        .map((prefix) => (prefix === 'img/' ? `blog/${path}` : path))
        .map((path, index) =>
          formatImageKey({ prefix: several[index * 2] as string, variant, path }),
        )
      const originals = spellings.flatMap((key) => {
        try {
          return [parseImageKey(key, several).original]
        } catch {
          return []
        }
      })
      return new Set(originals).size === originals.length
    }),
    { numRuns: 400 },
  )
})
