import t from 'tap'
import { lifetimeSeconds } from '../../infra/freshness.ts'

const lifetimes = { min: 0, default: 0, max: 1000, errorMin: 10 }
const now = Date.parse('2026-01-01T00:00:00Z')

const table: [status: number, cacheControl: string | undefined, seconds: number][] = [
  [200, 'public, max-age=60', 60],
  [200, 'max-age=60, s-maxage=90', 90],
  [200, 'Max-Age="60"', 60],
  [200, 'max-age=5000', 1000],
  [200, 'max-age=nonsense', 0],
  [200, undefined, 0],
  [200, 'public', 0],
  [200, 'no-store', 0],
  [200, 'no-cache, max-age=60', 0],
  [200, 'private, max-age=60', 0],
  [206, 'max-age=60', 0],
  [301, 'max-age=60', 60],
  [307, undefined, 0],
  [307, 'max-age=60', 60],
  [308, undefined, 0],
  [404, undefined, 10],
  [404, 'no-store', 10],
  [404, 'max-age=60', 60],
  [404, 'max-age=5', 10],
  [403, undefined, 0],
  [403, 'max-age=60', 60],
  [405, undefined, 0],
  [418, 'max-age=60', 0],
  [503, undefined, 10],
]

for (const [status, cacheControl, seconds] of table) {
  t.test(`${status} with ${cacheControl} is kept ${seconds} s`, async (t) => {
    t.equal(lifetimeSeconds(status, { 'cache-control': cacheControl }, lifetimes, now), seconds)
  })
}

t.test('Expires counts when there is no max-age', async (t) => {
  const expires = 'Thu, 01 Jan 2026 00:01:00 GMT'
  t.equal(lifetimeSeconds(200, { expires }, lifetimes, now), 60)
  t.equal(lifetimeSeconds(200, { expires: '0' }, lifetimes, now), 0)
  const both = { expires, 'cache-control': 'max-age=5' }
  t.equal(lifetimeSeconds(200, both, lifetimes, now), 5)
})

t.test('a minimum and a default hold', async (t) => {
  const policy = { min: 5, default: 50, max: 1000, errorMin: 10 }
  const seconds = (status: number, cacheControl?: string) =>
    lifetimeSeconds(status, { 'cache-control': cacheControl }, policy, now)
  t.equal(seconds(200), 50)
  t.equal(seconds(200, 'no-store'), 5)
  t.equal(seconds(200, 'max-age=1'), 5)
  t.equal(seconds(307), 0, 'a 307 without Cache-Control is not kept for any policy')
})
