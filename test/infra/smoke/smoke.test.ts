import t, { type Test } from 'tap'
import { smoke } from '../../../infra/smoke/smoke.ts'
import { readArguments } from '../../../infra/smoke/smoke-arguments.ts'
import { closedPort } from './closed-port.ts'
import { type Difference, fakeFlow } from './fake-flow.ts'

/** Runs the check against a flow with `difference`; returns the status of each reported step. */
async function check(
  t: Test,
  difference: Difference = {},
  args: readonly string[] = ['--patience', '0.05'],
): Promise<string[]> {
  const base = await fakeFlow(t, difference)
  const steps: string[] = []
  const target = readArguments([base, ...args])
  await smoke(target, (step, { status }) => steps.push(`${step.trim()}: ${status}`), 5)
  return steps
}

t.test('a flow that works shows its three requests', async (t) => {
  t.same(await check(t), [
    '1.  the first request: 307',
    '1b. the redirect, followed: 200',
    '2.  the second request: 200',
    '3.  the third request: 200',
  ])
})

t.test('it waits for the write-back, and for an invalidation in between', async (t) => {
  const difference = { redirectsBeforeStored: 3, missesBeforeHit: 3 }
  t.equal((await check(t, difference, ['--patience', '30'])).length, 4)
})

t.test('it asks again for what a task handed out from memory, as a viewer would', async (t) => {
  const difference = { image: { width: 100 }, handedOutBeforeStored: 2 }
  t.equal((await check(t, difference, ['--patience', '30'])).length, 4)
})

t.test('an image may be kept by the CDN alone', async (t) => {
  const cacheControl = 'public, max-age=0, s-maxage=604800'
  t.equal((await check(t, { image: { width: 100, cacheControl } })).length, 4)
})

t.test('it takes a variant that was not made before', async (t) => {
  const steps = await check(t, {
    madeBefore: ['img/100x100/x.png'],
  })
  t.same(steps.slice(0, 2), ['–   made before: 200', '1.  the first request: 307'])
})

t.test('keys with other characters are asked for as they are', async (t) => {
  const args = ['--key', 'img/a b/ü+&%.png', '--variant', '150x150', '--patience', '0.05']
  const location = (key: string, api: string) => `${api}/prod?key=${encodeURI(key)}`
  const failing = check(t, { redirect: { location: (key, api) => `${api}/?key=${key}` } }, args)
  await t.rejects(failing, { message: /ending in \/prod\?key=img\/150x150\/a b\/ü\+&%\.png/ })
  t.equal((await check(t, { redirect: { location } }, args)).length, 4)
})

const failures: [string, Difference, RegExp, string[]?][] = [
  [
    'no routing rule',
    { redirect: { status: 404, location: () => '' } },
    /expected: 307 with Location ending in \/prod\?key=img\/100x100\/x\.png\n +got: 404\n.*no routing rule for 404/,
  ],
  [
    'no routing rule for 403',
    { redirect: { status: 403, location: () => '' } },
    /got: 403\n.*no routing rule for 403/,
  ],
  [
    'a rule that replaces too much',
    { redirect: { location: (key, api) => `${api}/prod?key=${key.replace('img/', '')}` } },
    /got: Location .*\/prod\?key=100x100\/x\.png\n.*must replace img\/ by prod\?key=img\//,
  ],
  [
    'a redirect to no address',
    { redirect: { location: (key) => `http://localhost:99999/prod?key=${key}` } },
    /expected: 307 with a URL as Location\n +got: http:\/\/localhost:99999\/prod\?key=/,
  ],
  ['another redirect code', { redirect: { status: 301 } }, /got: 301 .*\n.*redirect code/],
  [
    'a cached redirect',
    { redirect: { cache: 'Hit from cloudfront' } },
    /X-Cache: Miss from cloudfront: a redirect must not be cached\n +got: Hit/,
  ],
  [
    'a base URL that is not the CDN',
    { redirect: { cache: '' } },
    /is the base URL that of the CDN\?/,
  ],
  [
    'a denied bucket',
    { api: error(502, 'store_denied') },
    /expected: 200\n +got: 502\nstore_denied: said so – the service may not read the origin bucket/,
  ],
  ['a missing original', { api: error(404, 'no_original') }, /no_original: .*--key/],
  [
    'nothing behind the API',
    { api: (response) => response.writeHead(502).end() },
    /got: 502\nnothing healthy stands behind the API/,
  ],
  [
    'an answer that API Gateway does not pass on',
    { api: (response) => response.writeHead(500).end('{"message":"Internal server error"}') },
    /got: 500\nAPI Gateway itself failed, as it does with an image over 10 MiB: .*MAX_OUTPUT_BYTES/,
  ],
  [
    'a picture that comes from the CDN for its size',
    { api: (response) => response.writeHead(307, { location: '/img/100x100/x.png' }).end() },
    /expected: 200\n +got: 307\n.*too large for the API.*--variant/,
  ],
  [
    'a website endpoint that fails',
    { redirect: { status: 502, location: () => '' } },
    /got: 502\nthe website endpoint failed, or the CDN/,
  ],
  ['another type', { image: { type: 'text/html' } }, /Content-Type of \.png\n +got: text\/html/],
  [
    'bytes that are no image',
    { image: { bytes: Buffer.from('x') } },
    /expected: an image\n +got: 1 bytes/,
  ],
  ['too large a picture', { image: { width: 200 } }, /fills 100x100\n +got: 200x99/],
  ['too small a picture', { image: { width: 50, height: 50 } }, /fills 100x100\n +got: 50x50/],
  [
    'an image that may not be kept',
    { image: { width: 100, cacheControl: 'no-store' } },
    /Cache-Control that lets the CDN keep the image\n +got: no-store/,
  ],
  [
    'an image that the CDN has to ask about each time',
    { image: { width: 100, cacheControl: 'no-cache, max-age=60' } },
    /Cache-Control that lets the CDN keep the image\n +got: no-cache, max-age=60/,
  ],
  [
    'an image that only browsers may keep',
    { image: { width: 100, cacheControl: 'max-age=60, s-maxage=0' } },
    /Cache-Control that lets the CDN keep the image\n +got: max-age=60, s-maxage=0/,
  ],
  [
    'a variant that is never stored',
    { image: { width: 100 }, redirectsBeforeStored: Number.POSITIVE_INFINITY },
    /307 still: the variant was not stored\n.*write/,
  ],
  [
    'another picture in the bucket',
    { image: { width: 100 }, stored: Buffer.from('other') },
    /the bytes that the API has answered\n +got: 5 other bytes/,
  ],
  [
    'a cache that never hits',
    { image: { width: 100 }, missesBeforeHit: Number.POSITIVE_INFINITY },
    /X-Cache: Hit from cloudfront\n +got: Miss/,
  ],
  [
    'all made before',
    { madeBefore: ['img/100x100/x.png', 'img/150x100/x.png'] },
    /made before: img\/100x100\/x\.png, img\/150x100\/x\.png\n.*--variant/,
    ['--variant', '100x100,150x100'],
  ],
]

for (const [name, difference, words, args = ['--variant', '100x100']] of failures) {
  t.test(`it fails on ${name}`, async (t) => {
    await t.rejects(check(t, difference, [...args, '--patience', '0.05']), { message: words })
  })
}

t.test('it says where nothing answers', async (t) => {
  const nowhere = await closedPort()
  await t.rejects(
    smoke(readArguments([nowhere]), () => t.fail('no step is done')),
    { name: 'NoAnswer', message: `no answer from ${nowhere}/img/100x100/x.png: ECONNREFUSED` },
  )
  const location = (key: string) => `${nowhere}/prod?key=${key}`
  await t.rejects(check(t, { redirect: { location } }), {
    message: `no answer from ${nowhere}/prod?key=img/100x100/x.png: ECONNREFUSED`,
  })
})

function error(status: number, code: string): Difference['api'] {
  return (response) => response.writeHead(status).end(JSON.stringify({ code, message: 'said so' }))
}
