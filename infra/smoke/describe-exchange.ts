import type { Exchange } from './exchange.ts'

const shownHeaders = [
  'location',
  'x-cache',
  'age',
  'content-type',
  'cache-control',
  'etag',
  'server-timing',
  'x-request-id',
]

/** A step in some lines: what it is, status, time, bytes, and the headers that matter. */
export function describeExchange(
  step: string,
  { url, status, headers, body, ms }: Exchange,
): string {
  const shown = shownHeaders.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`      ${name}: ${value}`]
  })
  const summary = `      ${status} in ${ms.toFixed(0)} ms, ${body.length} bytes`
  return [`${step}: GET ${url}`, summary, ...shown].join('\n')
}
