import sharp from 'sharp'
import { extensionOf, formatOf, mediaType } from '../../service/formats.ts'
import { formatVariant, type ImageKey } from '../../service/image-key.ts'
import { cacheTtl, errorCachingMinTtl, keyParameter, stage } from '../flow.ts'
import { lifetimeSeconds } from '../freshness.ts'
import type { Exchange } from './exchange.ts'
import { explainApi, explainCdn } from './hints.ts'

/** An expectation that was not met. */
export class SmokeFailure extends Error {
  constructor(expected: string, actual: string, hint = '') {
    super([`expected: ${expected}`, `     got: ${actual}`, hint].filter(Boolean).join('\n'))
    this.name = 'SmokeFailure'
  }
}

/** Whether the answer is still the redirect of a variant that is not stored. */
export function isNotMadeYet({ status }: Exchange): boolean {
  return status === 307
}

/** The first request is redirected to the API. Returns where. */
export function expectRedirect(exchange: Exchange, image: ImageKey): string {
  const { status, headers } = exchange
  const ending = `/${stage}?${keyParameter}=${image.key}`
  const expected = `307 with Location ending in ${ending}`
  const location = headers.get('location')
  if (status === 404 || status === 403) {
    const rule = `the website endpoint has no routing rule for ${status} and this prefix`
    const other = `or the key's prefix is not ${image.prefix}: say which with --prefix`
    const hint = `${rule}, ${other}; or this is not the flow's address.`
    throw new SmokeFailure(expected, `${status}`, hint)
  }
  if (status !== 307 || !location) {
    const where = location ? ` with Location ${location}` : ''
    const hint = location ? "the routing rule's redirect code is another." : explainCdn(exchange)
    throw new SmokeFailure(expected, `${status}${where}`, hint)
  }
  if (!spellings(location).some((spelling) => spelling.endsWith(ending))) {
    const replacement = `${stage}?${keyParameter}=${image.prefix}`
    throw new SmokeFailure(
      expected,
      `Location ${location}`,
      `the routing rule must replace ${image.prefix} by ${replacement}`,
    )
  }
  expectCacheStatus(exchange, /^miss/i, 'Miss from cloudfront: a redirect must not be cached')
  if (!URL.canParse(location, exchange.url)) {
    const hint = 'the routing rule must name the host of the API, with its port if it has one.'
    throw new SmokeFailure('307 with a URL as Location', location, hint)
  }
  return new URL(location, exchange.url).href
}

/** The redirect leads to the image, in the asked size, which the CDN may keep. */
export async function expectImage(exchange: Exchange, image: ImageKey): Promise<void> {
  const { status, headers, body } = exchange
  if (status !== 200) throw new SmokeFailure('200', `${status}`, explainApi(exchange))
  const format = formatOf(extensionOf(image.path))
  const type = headers.get('content-type') ?? 'none'
  if (!format || type !== mediaType(format)) {
    throw new SmokeFailure(`Content-Type of ${extensionOf(image.path)}`, type)
  }
  const { width, height } = await sharp(body)
    .metadata()
    .catch((error: Error) => {
      throw new SmokeFailure('an image', `${body.length} bytes that are none: ${error.message}`)
    })
  const box = image.variant
  const fits = width <= box.width && height <= box.height
  if (!fits || (width < box.width && height < box.height)) {
    throw new SmokeFailure(`a picture that fills ${formatVariant(box)}`, `${width}x${height}`)
  }
  expectCacheable(exchange)
}

/** The second request finds in the origin bucket what the API has answered. */
export function expectStored(exchange: Exchange, made: Exchange): void {
  if (isNotMadeYet(exchange)) {
    throw new SmokeFailure(
      '200 from the origin bucket',
      '307 still: the variant was not stored',
      'may the service write to the bucket? Its log tells of the write-back.',
    )
  }
  expectSame(exchange, made)
  expectCacheStatus(exchange, /^miss/i, 'Miss from cloudfront')
}

/** The third request is answered by the cache. */
export function expectHit(exchange: Exchange, made: Exchange): void {
  expectSame(exchange, made)
  expectCacheStatus(exchange, /^(refresh)?hit/i, 'Hit from cloudfront')
}

function expectSame(exchange: Exchange, made: Exchange): void {
  const { status, headers, body } = exchange
  if (status !== 200) throw new SmokeFailure('200', `${status}`, explainCdn(exchange))
  if (!body.equals(made.body)) {
    throw new SmokeFailure('the bytes that the API has answered', `${body.length} other bytes`)
  }
  for (const name of ['content-type', 'cache-control']) {
    const [expected, actual] = [made.headers.get(name), headers.get(name)]
    if (actual !== expected) throw new SmokeFailure(`${name}: ${expected}`, `${actual}`)
  }
  expectCacheable(exchange)
}

function expectCacheable({ headers }: Exchange): void {
  const value = headers.get('cache-control') ?? undefined
  const lifetimes = { ...cacheTtl, errorMin: errorCachingMinTtl }
  if (lifetimeSeconds(200, { 'cache-control': value }, lifetimes, Date.now()) > 0) return
  throw new SmokeFailure('Cache-Control that lets the CDN keep the image', value ?? 'none')
}

function expectCacheStatus({ headers }: Exchange, form: RegExp, expected: string): void {
  const value = headers.get('x-cache') ?? 'none'
  if (!form.test(value)) {
    throw new SmokeFailure(`X-Cache: ${expected}`, value, 'is the base URL that of the CDN?')
  }
}

/** A location as it stands, and decoded once and twice: S3 may encode a key more than once. */
function spellings(location: string): string[] {
  const found = [location]
  for (let round = 0; round < 2; round++) {
    try {
      found.push(decodeURIComponent(found.at(-1) as string))
    } catch {
      break
    }
  }
  return found
}
