import type { Background } from './background.ts'
import type { Config } from './config.ts'
import { RightsizeError } from './errors.ts'
import { etagMatches } from './etag.ts'
import { createFlights } from './flights.ts'
import { type ImageKey, parseImageKey } from './image-key.ts'
import { viewerPath } from './invalidation-path.ts'
import type { LandingOutcome } from './landing.ts'
import { answerEtag, type Made, type Maker, makeVariant } from './make-variant.ts'
import { checkPermission } from './permission.ts'
import { createRecent } from './recent.ts'
import type { Reclaim } from './reclaim.ts'
import { keyReadings, rawKey } from './request-key.ts'
import type { ObjectStore } from './store.ts'
import { unlessAborted } from './unless-aborted.ts'

/** A viewer's request for an image. */
export interface DeriveRequest {
  /** The request's target, `/prod?key=…`. */
  url: string
  ifNoneMatch: string | undefined
  /** Ends the wait; its reason is a `RightsizeError`. */
  signal: AbortSignal
}

/** Where an image came from. */
type Source = 'made' | 'joined' | 'recent'

/** What the viewer gets. */
export type DeriveAnswer =
  | { kind: 'image'; source: Source; made: Made }
  | { kind: 'redirect'; source: Source; made: Made; location: string }
  | { kind: 'not-modified'; source: 'not-modified'; image: ImageKey; etag: string }

/** A variant made, and what becomes of it behind the answer. */
interface Landing extends Made {
  landed: Promise<LandingOutcome>
}

/** What deriving needs. */
export interface DeriveParts extends Maker {
  config: Config
  store: ObjectStore
  /** Holds what is being resized, which goes on when its viewers have gone. */
  resizing: Background
  /** Gives back the memory of results. Every request is to be a use, from before it is derived. */
  reclaim: Reclaim
}

/** Bytes of the results that are kept for those who follow late. */
const recentBytes = 32 * 1024 * 1024

/**
 * The use case: a request for a variant becomes an answer, and the variant is stored behind it.
 * Requests for the same variant at once cost one reading, one decoding and one write-back.
 * @param land stores what was made, behind the answer; never rejects
 * @returns what answers a request; it throws RightsizeError and StoreError
 */
export function createDerive(
  parts: DeriveParts,
  land: (made: Made) => Promise<LandingOutcome>,
): (request: DeriveRequest) => Promise<DeriveAnswer> {
  const { config, store, admission, resizing, reclaim } = parts
  const flights = createFlights<Landing>()
  const recent = createRecent<Landing>((key) => store.head(key), recentBytes, reclaim.release)

  const make = async (
    key: string,
    images: readonly ImageKey[],
    signal: AbortSignal,
    hold: () => void,
  ) => {
    const made = await makeVariant(parts, images, signal, hold)
    // Until it is stored, the store reads from its memory.
    const end = reclaim.begin()
    const landing: Landing = { ...made, landed: land(made) }
    recent.set(key, landing)
    void landing.landed.then((outcome) => {
      end()
      if (!isStored(outcome)) recent.delete(key, landing)
    })
    return landing
  }

  const obtain = async (images: readonly ImageKey[], signal: AbortSignal) => {
    // Another spelling may have other readings, and so another answer.
    const key = JSON.stringify(images.map(({ key }) => key))
    const known = await unlessAborted(recent.get(key), signal)
    if (known) return { landing: known, source: 'recent' as const }
    const { value, joined } = await flights.join(key, signal, (signal, hold) => {
      const landing = make(key, images, signal, () => {
        hold()
        resizing.track(landing.then(ignore, ignore))
      })
      return landing
    })
    return { landing: value, source: joined ? ('joined' as const) : ('made' as const) }
  }

  return async ({ url, ifNoneMatch, signal }) => {
    const images = permittedImages(rawKey(url), config)
    if (ifNoneMatch !== undefined) {
      const release = await admission.look(signal)
      const looked = findUnchanged(store, images, ifNoneMatch, signal).finally(release)
      // Who has gone is told as that, whatever the store makes of being ended.
      const unchanged = await unlessAborted(looked, signal)
      if (unchanged) return { kind: 'not-modified', source: 'not-modified', ...unchanged }
    }
    const { landing, source } = await obtain(images, signal)
    if (landing.body.length <= config.maxOutputBytes) {
      return { kind: 'image', source, made: landing }
    }
    const location = await storedLocation(landing, config, signal)
    return { kind: 'redirect', source, made: landing, location }
  }
}

/** How it ends is told to those who wait for it. */
const ignore = () => {}

function isStored(outcome: LandingOutcome): boolean {
  return outcome === 'written' || outcome === 'present'
}

/**
 * What the raw key may mean, the likeliest first, as far as it is permitted: a key encoded twice is
 * too long for one when it is decoded once, and may be none.
 * @throws RightsizeError what the first reading is refused with, when all are
 */
function permittedImages(raw: string, config: Config): ImageKey[] {
  const images: ImageKey[] = []
  let refusal: unknown
  for (const key of keyReadings(raw)) {
    try {
      const image = parseImageKey(key, config.keyPrefixes)
      checkPermission(image, config)
      images.push(image)
    } catch (error) {
      refusal ??= error
    }
  }
  if (images.length === 0) throw refusal
  return images
}

async function findUnchanged(
  store: Pick<ObjectStore, 'head'>,
  images: readonly ImageKey[],
  ifNoneMatch: string,
  signal: AbortSignal,
): Promise<{ image: ImageKey; etag: string } | undefined> {
  for (const image of images) {
    const head = await store.head(image.original, { signal })
    if (!head) continue
    const etag = answerEtag(head.etag, image)
    return etagMatches(ifNoneMatch, etag) ? { image, etag } : undefined
  }
  return undefined
}

/** Where the distribution has a variant that is too large for the API, once it is stored. */
async function storedLocation(
  { image, landed }: Landing,
  config: Config,
  signal: AbortSignal,
): Promise<string> {
  if (!config.cdnUrl) throw new RightsizeError('result_too_large')
  if (!isStored(await unlessAborted(landed, signal))) throw new RightsizeError('not_stored')
  return config.cdnUrl + viewerPath(image.key)
}
