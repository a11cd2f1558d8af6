import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../service/config.ts'
import { formatImageKey, type Variant } from '../../service/image-key.ts'
import { viewerPath } from '../../service/invalidation-path.ts'
import { reasonOf } from '../../service/reason-of.ts'
import { ordered } from './in-order.ts'
import { originalPlace } from './original-place.ts'
import type { Output } from './output.ts'

/** What warming needs. */
export interface WarmParts {
  config: Pick<Config, 'keyPrefixes' | 'allowedDimensions'>
  output: Output
  /** Asks for a URL and follows redirects, as `fetch` does. */
  fetch: (url: string) => Promise<Pick<Response, 'status' | 'headers' | 'arrayBuffer'>>
}

/** Viewers played at once: enough to keep one task busy, too few to crowd out real ones. */
const concurrency = 4

/** Times a variant is asked for while there is no room for it. */
const attempts = 5

/** What says to try again: the API, over its rate, and the service, overloaded. */
const noRoom: readonly number[] = [429, 503]

/**
 * Asks the distribution at `url` for the variants of the originals `keys`, as a first viewer does.
 * @param dimensions undefined for all of the allowlist
 * @returns whether every variant was answered with an image
 * @throws Error for a key that cannot be an original's, or when there is no list of dimensions
 */
export async function warmCommand(
  { config, output, fetch }: WarmParts,
  keys: readonly string[],
  {
    url,
    dimensions = listed(config),
  }: { url: string; dimensions?: readonly Variant[] | undefined },
): Promise<boolean> {
  const wanted = keys.flatMap((key) => variantsOf(key, dimensions, config.keyPrefixes))
  let done = 0
  let failed = 0
  async function* items() {
    yield* wanted
  }
  const ask = async (key: string) => ({
    key,
    ...(await askFor(fetch, url + viewerPath(key))),
  })
  for await (const { key, status, bytes } of ordered(items(), concurrency, ask)) {
    output.progress(++done, wanted.length, 'variants')
    if (status !== 200) failed++
    output.tell({ key, status, bytes }, `${status} ${key} (${bytes} bytes)`)
  }
  output.finish()
  output.tell({ variants: done, failed }, `${done} variants, ${failed} failed.`)
  return failed === 0
}

function listed({ allowedDimensions }: WarmParts['config']): readonly Variant[] {
  if (allowedDimensions !== '*') return allowedDimensions
  throw new Error('ALLOWED_DIMENSIONS is *, so say which: --dimensions 150x200,…')
}

function variantsOf(
  key: string,
  dimensions: readonly Variant[],
  prefixes: readonly string[],
): string[] {
  const place = originalPlace(key, prefixes)
  return dimensions.map((variant) => formatImageKey({ ...place, variant }))
}

async function askFor(
  fetch: WarmParts['fetch'],
  url: string,
): Promise<{ status: number; bytes: number }> {
  for (let attempt = 1; ; attempt++) {
    const { status, headers, bytes } = await wholeAnswer(fetch, url)
    if (!noRoom.includes(status) || attempt === attempts) return { status, bytes }
    await sleep(1000 * (Number(headers.get('retry-after')) || 1))
  }
}

async function wholeAnswer(fetch: WarmParts['fetch'], url: string) {
  try {
    const answer = await fetch(url)
    const bytes = (await answer.arrayBuffer()).byteLength
    return { status: answer.status, headers: answer.headers, bytes }
  } catch (error) {
    throw new Error(`no answer from ${url}: ${fetchReason(error as Error)}`)
  }
}

/** `fetch` itself says no more than that it failed. */
function fetchReason({ message, cause }: Error): string {
  return cause instanceof Error ? reasonOf(cause) : message
}
