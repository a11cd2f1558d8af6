import t from 'tap'
import { readArguments } from '../../../infra/smoke/smoke-arguments.ts'
import { defaultDimensions } from '../../../service/config.ts'

const base = 'https://images.example.com'

t.test('without options, the default variants of img/x.png', async (t) => {
  const target = readArguments([`${base}/`])
  t.equal(target.base, base)
  t.same(
    target.variants.map(({ key }) => key),
    defaultDimensions.split(',').map((variant) => `img/${variant}/x.png`),
  )
  t.equal(target.patienceMs, 30_000)
})

t.test('a prefix of several folders is said', async (t) => {
  const args = ['--key', 'blog/img/a/b.png', '--prefix', 'blog/img/', '--variant', '600x600']
  t.same(
    readArguments([base, ...args]).variants.map(({ key, original }) => [key, original]),
    [['blog/img/600x600/a/b.png', 'blog/img/a/b.png']],
  )
})

t.test('what is wrong is said', async (t) => {
  const wrong: [string[], RegExp][] = [
    [[], /one base URL must be given/],
    [[base, base], /one base URL must be given/],
    [['images.example.com'], /the base must be an http or https URL/],
    [['ftp://images.example.com'], /the base must be an http or https URL/],
    [[`${base}/?width=5`], /the base must be an http or https URL without a query/],
    [
      [base, '--key', 'x.png'],
      /--key: must lie below the prefix, such as img\/x\.png, not "x\.png"/,
    ],
    [[base, '--key', '/img/x.png'], /--key: must lie below the prefix, .* not "\/img\/x\.png"/],
    [[base, '--key', 'img/x.png', '--prefix', 'base/'], /--key: must lie below the prefix/],
    [[base, '--key', 'img/x.png', '--prefix', 'img'], /--prefix: must be folders, .* not "img"/],
    [[base, '--key', 'img/'], /no path/],
    [[base, '--variant', 'large'], /<width>x<height>/],
    [[base, '--patience', 'long'], /--patience: must be seconds from 0 to 600, not "long"/],
    [[base, '--size', '1'], /Unknown option '--size'/],
  ]
  for (const [args, words] of wrong) t.throws(() => readArguments(args), { message: words })
})
