import { setTimeout as sleep } from 'node:timers/promises'
import type { ImageKey } from '../../service/image-key.ts'
import { escapeKey } from '../../service/s3-http/escape.ts'
import { type Exchange, get } from './exchange.ts'
import {
  expectHit,
  expectImage,
  expectRedirect,
  expectStored,
  isNotMadeYet,
  SmokeFailure,
} from './expectations.ts'
import type { SmokeTarget } from './smoke-arguments.ts'

/** Gets each step as it is done: what it shows, and the exchange. */
export type Report = (step: string, exchange: Exchange) => void

const defaultPauseMs = 500

/**
 * The acceptance test of the flow. A first request is redirected to the API, which makes the
 * image; the next one finds it in the origin bucket, and another one in the cache.
 * @param pauseMs between looks, while the variant is on its way
 * @throws SmokeFailure that names the expectation that was not met; NoAnswer
 */
export async function smoke(
  target: SmokeTarget,
  report: Report,
  pauseMs = defaultPauseMs,
): Promise<void> {
  const { image, redirect } = await firstNotMade(target, report)
  const location = expectRedirect(redirect, image)

  const made = await get(location)
  report('1b. the redirect, followed', made)
  await expectImage(made, image)

  const again = () => get(urlOf(target.base, image))
  const patience = { patienceMs: target.patienceMs, pauseMs }
  // A task that made the same variant seconds ago hands it out without storing it anew, which only
  // matters where it was taken away since: then a later request of a viewer stores it.
  const asViewer = async () => {
    const exchange = await again()
    if (isNotMadeYet(exchange)) await get(location)
    return exchange
  }
  const stored = await lookUntil((exchange) => !isNotMadeYet(exchange), asViewer, patience)
  report('2.  the second request', stored)
  expectStored(stored, made)

  // The invalidation that follows the write, or another server of the CDN, may come in between.
  const cached = await lookUntil(isHit, again, patience)
  report('3.  the third request', cached)
  expectHit(cached, made)
}

async function firstNotMade(
  { base, variants }: SmokeTarget,
  report: Report,
): Promise<{ image: ImageKey; redirect: Exchange }> {
  for (const image of variants) {
    const exchange = await get(urlOf(base, image))
    if (exchange.status !== 200) {
      report('1.  the first request', exchange)
      return { image, redirect: exchange }
    }
    report('–   made before', exchange)
  }
  throw new SmokeFailure(
    'a first request can only be seen for a variant that is not there yet',
    `made before: ${variants.map(({ key }) => key).join(', ')}`,
    `ask for other dimensions with --variant, or take these away with \`npm run images -- purge ${variants[0]?.original} --delete\`.`,
  )
}

async function lookUntil(
  isDone: (exchange: Exchange) => boolean,
  look: () => Promise<Exchange>,
  { patienceMs, pauseMs }: { patienceMs: number; pauseMs: number },
): Promise<Exchange> {
  const end = performance.now() + patienceMs
  for (;;) {
    const exchange = await look()
    if (isDone(exchange) || performance.now() > end) return exchange
    await sleep(pauseMs)
  }
}

function isHit({ status, headers }: Exchange): boolean {
  return status !== 200 || /^(refresh)?hit/i.test(headers.get('x-cache') ?? '')
}

function urlOf(base: string, { key }: ImageKey): string {
  return `${base}/${escapeKey(key)}`
}
