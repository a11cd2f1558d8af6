import t from 'tap'
import {
  type CachedResponse,
  createResponseCache,
} from '../../../../infra/local/cloudfront/response-cache.ts'

const response = (path: string, bytes: number): CachedResponse => ({
  path,
  tag: undefined,
  status: 200,
  headers: {},
  body: Buffer.alloc(bytes),
  storedAt: 0,
  freshUntil: 1,
})

const kilobyte = 1024

t.test('the least recently used go when room is needed', async (t) => {
  const cache = createResponseCache(8 * kilobyte)
  for (const path of ['/a', '/b', '/c']) cache.set(path, response(path, kilobyte))
  t.equal(cache.bytes, 6 * kilobyte)
  t.ok(cache.get('/a'))
  cache.set('/d', response('/d', 3 * kilobyte))
  t.ok(cache.get('/a'))
  t.notOk(cache.get('/b'))
  t.ok(cache.get('/c'))
  t.ok(cache.get('/d'))
  t.equal(cache.bytes, 8 * kilobyte)
})

t.test('one that is larger than the cache is not kept, nor is what it replaces', async (t) => {
  const cache = createResponseCache(4 * kilobyte)
  cache.set('/a', response('/a', 1))
  cache.set('/a', response('/a', 4 * kilobyte))
  t.notOk(cache.get('/a'))
  t.equal(cache.bytes, 0)
})

t.test('dropping gives the room back', async (t) => {
  const cache = createResponseCache(100 * kilobyte)
  for (const path of ['/a', '/b', '/c']) cache.set(path, response(path, kilobyte))
  t.equal(
    cache.drop(({ path }) => path !== '/b'),
    2,
  )
  t.equal(cache.bytes, 2 * kilobyte)
  t.ok(cache.get('/b'))
})
