import { metadataNames, pipelineVersion } from './provenance.ts'
import { type ObjectAttributes, type ObjectHead, type ObjectStore, StoreError } from './store.ts'

/** A variant with what it was made from. */
export interface MadeVariant {
  /** The key of the variant. */
  key: string
  /** The key of its original. */
  original: string
  /** Entity tag of the original when it was read. */
  sourceEtag: string
  body: Buffer
  contentType: string
}

/**
 * What became of a write-back: `written`; `present`, because the same variant was already there;
 * `superseded`, because the original changed or went meanwhile, or another writer was faster;
 * what is stored then is left to those who know better, and the next request makes it anew.
 */
export type WriteBackOutcome = 'written' | 'present' | 'superseded'

const attempts = 3

/**
 * Stores a variant so that no newer one is overwritten and none outlives a changed original:
 * written only if nothing, or something proved older, is under the key; and taken back, only if it
 * is still this one, when the original is another one afterwards. A crash between the write and
 * the second look is mended by the origin bucket's events, which judge every variant written. A
 * variant that replaces another one carries that one's entity tag.
 * @throws StoreError when the store fails
 */
export async function writeBack(
  store: Pick<ObjectStore, 'head' | 'put' | 'remove'>,
  variant: MadeVariant,
  attributes: Omit<ObjectAttributes, 'contentType'>,
): Promise<WriteBackOutcome> {
  const stamped: ObjectAttributes = {
    contentType: variant.contentType,
    cacheControl: attributes.cacheControl,
    metadata: {
      ...attributes.metadata,
      [metadataNames.source]: variant.sourceEtag,
      [metadataNames.pipeline]: pipelineVersion,
    },
  }
  const stored = await putOverOlder(store, variant, stamped)
  if (!stored) return 'superseded'
  // What was there may be our own, of an attempt that failed before this look.
  if (await originalUnchanged(store, variant)) return stored.outcome
  await takeBack(store, variant.key, stored.etag)
  return 'superseded'
}

/** The variant under its key, whoever wrote it. */
interface Stored {
  outcome: 'written' | 'present'
  etag: string
}

async function putOverOlder(
  store: Pick<ObjectStore, 'head' | 'put'>,
  variant: MadeVariant,
  attributes: ObjectAttributes,
): Promise<Stored | undefined> {
  let present: ObjectHead | undefined
  for (let attempt = 0; attempt < attempts; attempt++) {
    const condition = present ? { ifMatch: present.etag } : ({ ifAbsent: true } as const)
    const put = await unlessCondition(
      store.put(variant.key, variant.body, replacing(present, attributes), condition),
    )
    if (put) return { outcome: 'written', etag: put.etag }
    present = await store.head(variant.key)
    if (present && isSameMaking(present, attributes)) {
      return { outcome: 'present', etag: present.etag }
    }
    if (!(await originalUnchanged(store, variant))) return undefined
  }
  return undefined
}

/** What was replaced may be cached: the event of this write is what has the cache told. */
function replacing(
  present: ObjectHead | undefined,
  attributes: ObjectAttributes,
): ObjectAttributes {
  if (!present) return attributes
  const metadata = { ...attributes.metadata, [metadataNames.replaces]: present.etag }
  return { ...attributes, metadata }
}

/** Whether a variant needs no other: one without the tag, where there are tags, could not be dropped. */
function isSameMaking(present: ObjectHead, { metadata }: ObjectAttributes): boolean {
  const { source, pipeline, cacheTag } = metadataNames
  const same = (name: string) => present.metadata[name] === metadata[name]
  return same(source) && same(pipeline) && (metadata[cacheTag] === undefined || same(cacheTag))
}

/** S3 also refuses a condition that would hold, when another call for the key is under way (409). */
async function takeBack(
  store: Pick<ObjectStore, 'head' | 'remove'>,
  key: string,
  etag: string,
): Promise<void> {
  const removed = await unlessCondition(store.remove(key, { ifMatch: etag }).then(() => true))
  if (removed || (await store.head(key))?.etag !== etag) return
  throw new StoreError('failed', `${key} could not be taken back`)
}

async function originalUnchanged(
  store: Pick<ObjectStore, 'head'>,
  variant: MadeVariant,
): Promise<boolean> {
  return (await store.head(variant.original))?.etag === variant.sourceEtag
}

async function unlessCondition<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof StoreError && error.failure === 'condition') return undefined
    throw error
  }
}
