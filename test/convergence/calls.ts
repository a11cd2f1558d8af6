import type { OriginalBucket, OriginBucket } from '../../infra/sync/buckets.ts'
import { type Cdn, CdnError } from '../../service/cdn.ts'
import { isVariantLike } from '../../service/image-key.ts'
import { type ObjectStore, StoreError, type WriteCondition } from '../../service/store.ts'
import type { Actor, Fault, Schedule } from './schedule.ts'
import { type ModelBucket, type ModelCache, type ModelObject, modelObject } from './world.ts'

/** The model's buckets and cache as one actor calls them: each call is a step of the schedule. */
export interface Calls {
  original: OriginalBucket
  origin: OriginBucket & Pick<ObjectStore, 'put'> & { read(key: string): Promise<ModelObject> }
  cdn: Cdn
}

export function callsOf(
  actor: Actor,
  schedule: Schedule,
  world: { original: ModelBucket; origin: ModelBucket; cache: ModelCache },
): Calls {
  const { original, origin, cache } = world
  const call = <T>(label: string, effect: () => T) =>
    schedule.step(actor, label, effect, (fault: Fault) => {
      return new StoreError(fault === 'refused' ? 'throttled' : 'timeout', fault)
    })
  const present = (bucket: ModelBucket, key: string): ModelObject => {
    const object = bucket.objects.get(key)
    if (!object) throw new StoreError('missing', key)
    return object
  }

  return {
    original: { head: (key) => call(`look at upload ${key}`, () => original.objects.get(key)) },
    origin: {
      head: (key) => call(`look at ${key}`, () => origin.objects.get(key)),
      read: (key) => call(`read ${key}`, () => present(origin, key)),
      put: (key, body, attributes, condition) =>
        call(`put ${body} to ${key}`, () => {
          check(origin, key, condition)
          const object = modelObject(String(body), attributes)
          origin.put(key, object)
          return { etag: object.etag }
        }),
      remove: (key, { ifMatch } = {}) =>
        call(`remove ${key}`, () => {
          if (ifMatch !== undefined && origin.objects.has(key)) check(origin, key, { ifMatch })
          origin.remove(key)
        }),
      copy: async (key, sourceEtag, attributes, condition) => {
        const source = await call(`copy ${key}, reading`, () => {
          const upload = present(original, key)
          if (upload.etag !== sourceEtag) throw new StoreError('condition', key)
          return upload
        })
        await call(`copy ${key}, writing ${source.body}`, () => {
          check(origin, key, condition)
          origin.put(key, modelObject(source.body, attributes), 'ObjectCreated:Copy')
        })
      },
      variantFolders: (prefix) =>
        call(`list ${prefix}`, () => {
          const names = [...origin.objects.keys()].map((key) => key.slice(prefix.length).split('/'))
          return [...new Set(names.flatMap(([name = '']) => (isVariantLike(name) ? name : [])))]
        }),
    },
    cdn: {
      createInvalidation: (items, reference) =>
        schedule.step(
          actor,
          `invalidate ${items.join(' ')}`,
          () => cache.invalidate(items, reference),
          (fault) => new CdnError(fault, { retryable: fault === 'refused' }),
        ),
    },
  }
}

function check(bucket: ModelBucket, key: string, condition: WriteCondition | undefined): void {
  const etag = bucket.objects.get(key)?.etag
  if (!condition) return
  const holds = 'ifAbsent' in condition ? etag === undefined : etag === condition.ifMatch
  if (!holds) throw new StoreError('condition', key)
}
