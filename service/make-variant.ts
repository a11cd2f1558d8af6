import { hash } from 'node:crypto'
import type { Admission } from './admission.ts'
import type { Release } from './budget.ts'
import type { Config } from './config.ts'
import { RightsizeError } from './errors.ts'
import { extensionOf, type Format, formatOf, mediaType } from './formats.ts'
import { checkResult } from './header/limits.ts'
import { readImageHeader } from './header/read-image-header.ts'
import { formatVariant, type ImageKey } from './image-key.ts'
import { memoryCost } from './memory-cost.ts'
import { pipelineVersion } from './provenance.ts'
import { copyBytes, resize } from './resize.ts'
import { type Stages, timed } from './stages.ts'
import { type ObjectStore, type StoredObject, StoreError } from './store.ts'

/** A variant as it was made. */
export interface Made {
  image: ImageKey
  /** Key of the original. */
  original: string
  /** Entity tag of the original that was read. */
  sourceEtag: string
  /** When the original began to be read, as `performance.now()` has it. */
  readAt: number
  /** Entity tag of the answer. */
  etag: string
  contentType: string
  body: Buffer
  /** Bytes of the original. */
  bytesIn: number
  stages: Stages
}

/** What making a variant needs. */
export interface Maker {
  config: Pick<Config, 'maxOriginalBytes' | 'maxPixels' | 'maxFrames' | 'deadlineMs'>
  store: Pick<ObjectStore, 'get'>
  admission: Admission
  /**
   * Called when a resize does not end long after its deadline, and its slot is given to others.
   * What it returns is called should it end after all.
   */
  onStuck: (image: ImageKey) => () => void
}

/**
 * Reads the original of the first of `images` that has one and makes the variant.
 * @param signal ends it, up to the resize
 * @param onResize called when the resize begins, which nothing stops
 * @throws RightsizeError, StoreError
 */
export async function makeVariant(
  maker: Maker,
  images: readonly ImageKey[],
  signal: AbortSignal,
  onResize: () => void = () => {},
): Promise<Made> {
  const { admission, config } = maker
  const stages: Stages = {}
  const releaseSeat = await timed(stages, 'queue', () => admission.seat(signal))
  let releaseDecoder: Release = () => {}
  let releaseOriginal: Release = () => {}
  const releaseAll = () => {
    releaseDecoder()
    releaseOriginal()
    releaseSeat()
  }
  try {
    let readAt = 0
    const read = (key: string) => {
      readAt = performance.now()
      return maker.store.get(key, {
        maxBytes: config.maxOriginalBytes,
        reserve: async (bytes) => {
          // A body that broke off is read again: who waits for room must not hold any.
          releaseOriginal()
          releaseOriginal = await admission.originals.take(bytes, signal)
        },
        allocate: admission.buffers.take,
        signal,
      })
    }
    const { image, found } = await timed(stages, 'read', () => firstOriginal(images, read))
    const format = formatOf(extensionOf(image.path)) as Format
    const header = await timed(stages, 'header', () => readImageHeader(found.body, format, config))
    checkResult(header, image.variant, config)
    const cost = memoryCost(header, image.variant) + copyBytes(found.body, header)
    releaseDecoder = await timed(stages, 'queue', () => admission.decode(cost, signal))
    onResize()
    let onUnstuck = () => {}
    const stuck = setTimeout(() => {
      releaseAll()
      onUnstuck = maker.onStuck(image)
    }, config.deadlineMs * 2)
    let body: Buffer
    try {
      body = await timed(stages, 'resize', () =>
        resize(found.body, header, image.variant, { timeoutMs: config.deadlineMs }),
      )
    } finally {
      clearTimeout(stuck)
      onUnstuck()
      // Not before sharp is done with it, which one that is stuck never is.
      admission.buffers.give(found.body)
    }
    releaseDecoder()
    releaseOriginal()
    await timed(stages, 'batch', admission.batch)
    return {
      image,
      original: image.original,
      sourceEtag: found.etag,
      readAt,
      etag: answerEtag(found.etag, image),
      contentType: mediaType(format),
      body,
      bytesIn: found.bytes,
      stages,
    }
  } finally {
    releaseAll()
  }
}

/**
 * The entity tag of the answer for `image`: it follows from the original's, so that a request can
 * be answered 304 without decoding anything.
 */
export function answerEtag(sourceEtag: string, image: ImageKey): string {
  const made = [sourceEtag, formatVariant(image.variant), pipelineVersion].join(' ')
  return `"${hash('sha256', made, 'base64url').slice(0, 27)}"`
}

async function firstOriginal(
  images: readonly ImageKey[],
  read: (key: string) => Promise<StoredObject>,
): Promise<{ image: ImageKey; found: StoredObject }> {
  for (const image of images) {
    try {
      return { image, found: await read(image.original) }
    } catch (error) {
      if (!(error instanceof StoreError && error.failure === 'missing')) throw error
    }
  }
  throw new RightsizeError('no_original', {
    message: `There is no original ${images[0]?.original}.`,
  })
}
