import { isDeepStrictEqual } from 'node:util'
import { metadataNames } from '../../service/provenance.ts'
import { StoreError } from '../../service/store.ts'
import type { FullHead, OriginalBucket, OriginBucket } from './buckets.ts'
import { type CopySettings, copyAttributes, hasAttributes } from './copy-attributes.ts'

/** What it took to make the copy match its original. */
export type MirrorOutcome = 'copied' | 'removed' | 'unchanged'

/** Looks at an original that keeps changing; after these the event is left to its redelivery. */
const rounds = 5

/**
 * Makes the copy of `key` in the origin bucket what the original is now, present or not. After
 * every write it looks at the original again: of several invocations at once, the one that writes
 * last also looks last, and so none leaves an outdated copy. An invocation that dies in between is
 * mended by the redelivery of its event.
 * @throws StoreError when a bucket fails; Error when the original does not come to rest
 */
export async function mirror(
  key: string,
  buckets: { original: OriginalBucket; origin: OriginBucket },
  settings: CopySettings,
): Promise<MirrorOutcome> {
  let outcome: MirrorOutcome = 'unchanged'
  let upload = await buckets.original.head(key)
  for (let round = 0; round < rounds; round++) {
    const step = await approach(key, upload, buckets.origin, settings)
    if (step === 'unchanged') return outcome
    const before = upload
    upload = await buckets.original.head(key)
    if (step === 'overtaken') continue
    outcome = step
    if (isDeepStrictEqual(upload, before)) return outcome
  }
  throw new Error(`the original of ${key} does not come to rest`)
}

async function approach(
  key: string,
  upload: FullHead | undefined,
  origin: OriginBucket,
  settings: CopySettings,
): Promise<MirrorOutcome | 'overtaken'> {
  const copy = await origin.head(key)
  try {
    if (!upload) return await removeCopy(key, copy, origin)
    const attributes = copyAttributes(key, upload, settings)
    if (copy && hasAttributes(copy, attributes)) return 'unchanged'
    await origin.copy(key, upload.etag, ...replacing(copy, attributes))
    return 'copied'
  } catch (error) {
    const failure = error instanceof StoreError ? error.failure : undefined
    if (failure === 'condition' || failure === 'missing') return 'overtaken'
    throw error
  }
}

async function removeCopy(
  key: string,
  copy: FullHead | undefined,
  origin: OriginBucket,
): Promise<MirrorOutcome> {
  if (!copy) return 'unchanged'
  await origin.remove(key, { ifMatch: copy.etag })
  return 'removed'
}

/** Either there is nothing to replace, and the store sees to that, or the copy says what it was. */
function replacing(
  copy: FullHead | undefined,
  attributes: ReturnType<typeof copyAttributes>,
): [typeof attributes, { ifAbsent: true }?] {
  if (!copy) return [attributes, { ifAbsent: true }]
  const metadata = { ...attributes.metadata, [metadataNames.replaces]: copy.etag }
  return [{ ...attributes, metadata }]
}
