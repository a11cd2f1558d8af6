import t from 'tap'
import { invalidate } from '../../../infra/sync/invalidate.ts'
import { invalidationItems } from '../../../infra/sync/invalidation-items.ts'
import { placeOf } from '../../../infra/sync/key-place.ts'
import { CdnError } from '../../../service/cdn.ts'
import { cacheTag } from '../../../service/provenance.ts'

const silent = { info: () => {}, error: () => {} }
const noDeadline = new AbortController().signal

/** A cache that notes what it is asked, and refuses as it is told. */
function fakeCdn(refuse: (items: readonly string[]) => Error | undefined = () => undefined) {
  const calls: { items: string[]; reference: string }[] = []
  return {
    calls,
    createInvalidation: async (items: readonly string[], reference: string) => {
      calls.push({ items: [...items], reference })
      const error = refuse(items)
      if (error) throw error
    },
  }
}

const wanted = (count: number) =>
  new Map(Array.from({ length: count }, (_, index) => [`/${1000 + index}`, new Set([`m${index}`])]))

t.test('sends at most 100 items a call, every one once', async (t) => {
  const cdn = fakeCdn()
  t.equal((await invalidate(cdn, wanted(250), silent, noDeadline)).size, 0)
  t.strictSame(
    cdn.calls.map(({ items }) => items.length),
    [100, 100, 50],
  )
  t.strictSame(cdn.calls.flatMap(({ items }) => items).sort(), [...wanted(250).keys()].sort())
  t.equal(new Set(cdn.calls.map(({ reference }) => reference)).size, 3)
})

t.test('sends nothing for nothing', async (t) => {
  const cdn = fakeCdn()
  await invalidate(cdn, new Map(), silent, noDeadline)
  t.strictSame(cdn.calls, [])
})

t.test('names the same items of the same messages alike, and others otherwise', async (t) => {
  const cdn = fakeCdn()
  await invalidate(cdn, new Map([['/a', new Set(['1', '2'])]]), silent, noDeadline)
  await invalidate(cdn, new Map([['/a', new Set(['2', '1'])]]), silent, noDeadline)
  await invalidate(cdn, new Map([['/a', new Set(['1', '3'])]]), silent, noDeadline)
  await invalidate(cdn, new Map([['/b', new Set(['1', '2'])]]), silent, noDeadline)
  const [first, ...others] = cdn.calls.map(({ reference }) => reference)
  t.equal(others[0], first)
  t.equal(new Set(cdn.calls.map(({ reference }) => reference)).size, 3)
})

t.test('stops at the first throttled call, and fails the messages of the rest', async (t) => {
  let calls = 0
  const cdn = fakeCdn(() => (++calls === 2 ? new CdnError('slow', { retryable: true }) : undefined))
  const failed = await invalidate(cdn, wanted(350), silent, noDeadline)
  t.equal(cdn.calls.length, 2)
  t.equal(failed.size, 250)
  t.notOk(failed.has('m0'))
  t.ok(failed.has('m100') && failed.has('m349'))
})

t.test('makes no call behind the deadline, and fails the messages of the rest', async (t) => {
  const deadline = new AbortController()
  let calls = 0
  const cdn = fakeCdn(() => void (++calls === 2 && deadline.abort()))
  const failed = await invalidate(cdn, wanted(350), silent, deadline.signal)
  t.equal(cdn.calls.length, 2)
  t.equal(failed.size, 250)
})

t.test('finds the one item that is refused for good, and sends all others', async (t) => {
  const taken: string[] = []
  const cdn = fakeCdn((items) => {
    if (items.includes('/1042')) return new CdnError('bad', { retryable: false, itemAtFault: true })
    taken.push(...items)
    return undefined
  })
  t.strictSame(await invalidate(cdn, wanted(150), silent, noDeadline), new Set(['m42']))
  t.equal(taken.length, 149)
  t.equal(new Set(taken).size, 149)
})

t.test('does not take apart what is denied as a whole', async (t) => {
  for (const error of [new CdnError('denied', { retryable: false }), new Error('bug')]) {
    const cdn = fakeCdn(() => error)
    t.equal((await invalidate(cdn, wanted(150), silent, noDeadline)).size, 150)
    t.equal(cdn.calls.length, 1)
  }
})

t.test('names paths as CloudFront has them, and tags where they are on', async (t) => {
  const items = (key: string, tags: boolean) => invalidationItems(key, placeOf(key, ['img/']), tags)
  const tag = `#${cacheTag('img/å x.png')}`
  t.strictSame(items('img/å x.png', false), ['/img/%C3%A5%20x.png'])
  t.strictSame(items('img/1x1/å x.png', false), ['/img/1x1/%C3%A5%20x.png'])
  t.strictSame(items('img/å x.png', true), [tag, '/img/%C3%A5%20x.png'])
  const index = `#${cacheTag('img/index.html')}`
  t.strictSame(items('img/index.html', true), [index, '/img/index.html', '/img/'])
  t.strictSame(items('img/1x1/å x.png', true), [tag])
  t.strictSame(items('img/1x1/2x2/x.png', true), ['/img/1x1/2x2/x.png'])
  t.strictSame(items('site.css', true), ['/site.css'])
  t.strictSame(items('docs/index.html', false), ['/docs/index.html', '/docs/'])
  t.strictSame(items('index.html', false), ['/index.html', '/'])
})

t.test('names a plus in the spelling that viewers need for it, too', async (t) => {
  const items = (key: string, tags: boolean) => invalidationItems(key, placeOf(key, ['img/']), tags)
  const spellings = ['/img/a+b%20c.png', '/img/a%2Bb%20c.png']
  t.strictSame(items('img/a+b c.png', false), spellings)
  t.strictSame(items('img/a+b c.png', true), [`#${cacheTag('img/a+b c.png')}`, ...spellings])
  t.strictSame(items('a+b/index.html', false), [
    '/a+b/index.html',
    '/a+b/',
    '/a%2Bb/index.html',
    '/a%2Bb/',
  ])
})
