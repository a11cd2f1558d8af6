import type { OriginalBucket, OriginBucket } from '../../infra/sync/buckets.ts'
import { placeOf } from '../../infra/sync/key-place.ts'
import { metadataNames } from '../../service/provenance.ts'
import type { Calls } from './calls.ts'
import type { QueueMessage, Weakening } from './model.ts'
import { originalKey } from './world.ts'

type Store = Calls['origin']
type Parts = Parameters<NonNullable<Weakening['handler']>>[1]

const noRecheck: Weakening['store'] = (store, made) => ({
  ...store,
  head: async (key) => {
    const head = await store.head(key)
    return key === made.original ? ({ ...head, etag: made.sourceEtag } as typeof head) : head
  },
})

/** Looks at written variants, but takes none away; a purge still does. */
const noJudgement: Weakening['handler'] = (build, parts) => {
  const lenient = build({ ...parts, origin: { ...parts.origin, remove: async () => {} } })
  const strict = build(parts)
  return (event) => {
    const facts = (event as { Records: QueueMessage[] }).Records.map(eventOf)
    return facts.every(({ variant, removed }) => variant && !removed)
      ? lenient(event)
      : strict(event)
  }
}

/**
 * The protections of the system, each taken out by something that stands between its parts.
 * The name says what is missing.
 */
export const weakenings: Readonly<Record<string, Weakening>> = {
  'second look of the service': { store: noRecheck },
  'judgement of written variants': { handler: noJudgement },
  'second look and judgement': { store: noRecheck, handler: noJudgement },

  'purge after the copy': {
    handler: (build, parts) => {
      // Purges on the upload's event, against the upload, and copies then.
      const early = build({ ...parts, origin: judgingBy(parts.original, parts.origin) })
      const late = build({ ...parts, origin: { ...parts.origin, variantFolders: async () => [] } })
      return async (event) => {
        const messages = (event as { Records: QueueMessage[] }).Records
        const uploads = messages.filter((message) => eventOf(message).bucket === 'original')
        if (uploads.length > 0) await early({ Records: uploads.map(asCopyEvent) })
        return late(event)
      }
    },
  },

  'removal before the invalidation': {
    handler: (build, parts) => {
      const remove: OriginBucket['remove'] = async (key, options) => {
        await parts.cdn?.createInvalidation([`/${key}`], `${key} ${Math.random()}`)
        await parts.origin.remove(key, options)
      }
      const handler = build({ ...parts, origin: { ...parts.origin, remove } })
      return selecting(handler, ({ variant, removed }) => !(variant && removed))
    },
  },

  'conditions of write-back': {
    store: (store) => ({
      ...store,
      put: (key, body, attributes) => store.put(key, body, attributes),
    }),
  },
  'conditions of removals': {
    store: unconditionalRemoval,
    handler: (build, parts) => build({ ...parts, origin: unconditionalRemoval(parts.origin) }),
  },
  'condition on the source of a copy': {
    handler: (build, parts) => build({ ...parts, origin: copyingAnything(parts) }),
  },
  'condition on the target of a copy': {
    handler: (build, parts) => {
      const copy: OriginBucket['copy'] = (key, etag, attributes) =>
        parts.origin.copy(key, etag, attributes)
      return build({ ...parts, origin: { ...parts.origin, copy } })
    },
  },

  'second look of the mirror': {
    handler: (build, parts) => build({ ...parts, original: lookingOnce(parts.original) }),
  },
  'mark of a replaced variant': {
    store: (store) => ({
      ...store,
      put: (key, body, attributes, condition) =>
        store.put(key, body, { ...attributes, metadata: unmarked(attributes.metadata) }, condition),
    }),
  },
  'mark of a replaced copy': {
    handler: (build, parts) => {
      const copy: OriginBucket['copy'] = (key, etag, attributes, condition) =>
        parts.origin.copy(
          key,
          etag,
          { ...attributes, metadata: unmarked(attributes.metadata) },
          condition,
        )
      return build({ ...parts, origin: { ...parts.origin, copy } })
    },
  },
  'word of a removal': {
    handler: (build, parts) => {
      const handler = build(parts)
      return (event) =>
        handler(JSON.parse(JSON.stringify(event).replaceAll('ObjectRemoved', 'ObjectCreated')))
    },
  },
  'path beside the tag': {
    handler: (build, parts) => {
      const { cdn, settings } = parts
      if (!cdn || !settings.cacheTags) return build(parts)
      const createInvalidation: typeof cdn.createInvalidation = async (items, reference) => {
        const tags = items.filter((item) => item.startsWith('#'))
        await cdn.createInvalidation(tags, reference)
      }
      return build({ ...parts, cdn: { createInvalidation } })
    },
  },
  'cache that drops what is under way': { forgetfulCache: true },
}

function unconditionalRemoval<S extends Pick<Store, 'remove'>>(store: S): S {
  return { ...store, remove: (key: string) => store.remove(key) }
}

function unmarked(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const { [metadataNames.replaces]: _, ...rest } = metadata
  return rest
}

function lookingOnce(original: OriginalBucket): OriginalBucket {
  const looks = new Map<string, ReturnType<OriginalBucket['head']>>()
  return {
    head: (key) => {
      const look = looks.get(key) ?? original.head(key)
      looks.set(key, look)
      return look
    },
  }
}

/** Copies whatever the original is by then, stamped with what it was. */
function copyingAnything({ original, origin }: Parts): OriginBucket {
  return {
    ...origin,
    copy: async (key, _etag, attributes, condition) => {
      const upload = await original.head(key)
      await origin.copy(key, upload?.etag ?? '', attributes, condition)
    },
  }
}

function judgingBy(original: OriginalBucket, origin: OriginBucket): OriginBucket {
  return { ...origin, head: (key) => (key === originalKey ? original : origin).head(key) }
}

interface EventFacts {
  bucket: string
  variant: boolean
  removed: boolean
}

function eventOf(message: QueueMessage): EventFacts {
  const [record] = JSON.parse(message.body).Records
  return {
    bucket: record.s3.bucket.name,
    variant: placeOf(record.s3.object.key, ['img/']).kind === 'variant',
    removed: record.eventName.startsWith('ObjectRemoved'),
  }
}

function asCopyEvent(message: QueueMessage): QueueMessage {
  return { ...message, body: message.body.replace('"original"', '"origin"') }
}

/** A handler that never sees the messages that `keep` is not true of. */
function selecting(
  handler: ReturnType<NonNullable<Weakening['handler']>>,
  keep: (facts: EventFacts) => boolean,
): typeof handler {
  return (event) => {
    const messages = (event as { Records: QueueMessage[] }).Records
    return handler({ Records: messages.filter((message) => keep(eventOf(message))) })
  }
}
