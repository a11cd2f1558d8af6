/** The lifetimes of a distribution, in seconds: its cache policy, and what it keeps errors for. */
export interface Lifetimes {
  min: number
  default: number
  max: number
  errorMin: number
}

const keptErrors = new Set([404, 414, 500, 501, 502, 503, 504])
const errorsKeptByHeader = new Set([400, 403, 405, 412, 415])
const keptOnlyByHeader = new Set([307, 308])

/**
 * How many seconds CloudFront keeps an answer of the origin; 0: it does not.
 * Sources: the CloudFront Developer Guide, "Manage how long content stays in the cache", "How
 * CloudFront processes HTTP 3xx status codes" and "… 4xx and 5xx status codes from your origin".
 * @param headers with names in lower case
 * @param now milliseconds since the epoch
 */
export function lifetimeSeconds(
  status: number,
  headers: { 'cache-control'?: string | undefined; expires?: string | undefined },
  lifetimes: Lifetimes,
  now: number,
): number {
  const directives = parseCacheControl(headers['cache-control'])
  const maxAge = directives.get('s-maxage') ?? directives.get('max-age')
  if (status >= 400) return errorLifetime(status, maxAge, lifetimes)
  if (status === 206 || status === 304 || status < 200) return 0
  if (keptOnlyByHeader.has(status) && headers['cache-control'] === undefined) return 0
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return lifetimes.min
  if (maxAge !== undefined) return within(Number(maxAge), lifetimes)
  if (headers.expires !== undefined) {
    return within((Date.parse(headers.expires) - now) / 1000, lifetimes)
  }
  return Math.max(lifetimes.default, lifetimes.min)
}

function errorLifetime(status: number, maxAge: string | undefined, lifetimes: Lifetimes): number {
  const kept = keptErrors.has(status) || (errorsKeptByHeader.has(status) && maxAge !== undefined)
  if (!kept) return 0
  const asked = maxAge === undefined ? 0 : within(Number(maxAge), lifetimes)
  return Math.max(lifetimes.errorMin, asked)
}

function within(seconds: number, { min, max }: Lifetimes): number {
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, min), max) : min
}

function parseCacheControl(header: string | undefined): Map<string, string> {
  const directives = new Map<string, string>()
  for (const part of header?.split(',') ?? []) {
    const [name = '', value = ''] = part.split('=', 2)
    directives.set(name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, ''))
  }
  return directives
}
