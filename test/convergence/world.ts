import type { FullHead } from '../../infra/sync/buckets.ts'
import { invalidationPath } from '../../service/invalidation-path.ts'
import { metadataNames } from '../../service/provenance.ts'

/** The one original of the model, and its variants. */
export const originalKey = 'img/x.png'
export const variantKeys = ['img/1x1/x.png', 'img/2x2/x.png'] as const

/** The bytes of a variant. Originals that differ only in case give the same ones. */
export function variantBytes(variantKey: string, originalBody: string): string {
  return `${originalBody.toLowerCase()}@${variantKey.split('/')[1]}`
}

/** An object of the model; the body stands for the bytes, and the entity tag for their hash. */
export interface ModelObject extends FullHead {
  body: string
}

/** Makes an object of its body and the rest. */
export function modelObject(
  body: string,
  rest: Partial<Pick<ModelObject, 'contentType' | 'cacheControl' | 'metadata' | 'kept'>>,
): ModelObject {
  return {
    body,
    etag: `"${body}"`,
    bytes: body.length,
    contentType: rest.contentType,
    cacheControl: rest.cacheControl,
    metadata: rest.metadata ?? {},
    kept: rest.kept ?? {},
  }
}

/** Called with every change of a bucket. */
export type Notify = (bucket: string, key: string, eventName: string) => void

/** A bucket: atomic, strongly consistent, one event for each change, as S3 promises. */
export function createBucket(name: string, notify: Notify) {
  const objects = new Map<string, ModelObject>()
  return {
    objects,
    put: (key: string, object: ModelObject, event = 'ObjectCreated:Put') => {
      objects.set(key, object)
      notify(name, key, event)
    },
    remove: (key: string) => {
      if (objects.delete(key)) notify(name, key, 'ObjectRemoved:Delete')
    },
  }
}

export type ModelBucket = ReturnType<typeof createBucket>

/**
 * The cache in front of the origin bucket. A response whose fetch began before an invalidation of
 * it is not kept. `forgetful` keeps it: a cache that this system could not work with.
 */
export function createCache({ forgetful = false } = {}) {
  const responses = new Map<string, ModelObject>()
  const invalidated: string[] = []
  const references = new Map<string, string>()

  const drops = (item: string, key: string, response: ModelObject) =>
    item === invalidationPath(key) || item === `#${response.metadata[metadataNames.cacheTag]}`

  return {
    responses,
    invalidated,
    /** Begins a fetch; the answer keeps its response, unless it was invalidated meanwhile. */
    beginFetch: (key: string) => {
      const begun = invalidated.length
      return (response: ModelObject) => {
        const since = forgetful ? [] : invalidated.slice(begun)
        if (!since.some((item) => drops(item, key, response))) responses.set(key, response)
      }
    },
    /** As CloudFront: a known reference with the same items does nothing more. */
    invalidate: (items: readonly string[], reference: string) => {
      const known = references.get(reference)
      if (known === items.join()) return
      if (known !== undefined) throw new Error('a reference was reused for other items')
      references.set(reference, items.join())
      invalidated.push(...items)
      for (const [key, response] of responses) {
        if (items.some((item) => drops(item, key, response))) responses.delete(key)
      }
    },
  }
}

export type ModelCache = ReturnType<typeof createCache>
