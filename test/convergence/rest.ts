import {
  type CopySettings,
  copyAttributes,
  hasAttributes,
} from '../../infra/sync/copy-attributes.ts'
import { cacheTag, metadataNames, pipelineVersion } from '../../service/provenance.ts'
import {
  type ModelBucket,
  type ModelCache,
  modelObject,
  originalKey,
  variantBytes,
  variantKeys,
} from './world.ts'

interface World {
  original: ModelBucket
  origin: ModelBucket
  cache: ModelCache
}

/** Puts in place an original with its copy and maybe its first variant, both cached: at rest. */
export function begin(
  { original, origin, cache }: World,
  settings: CopySettings,
  { withVariant }: { withVariant: boolean },
): void {
  const [variantKey] = variantKeys
  const upload = modelObject('A', { contentType: 'image/png' })
  const copy = modelObject('A', copyAttributes(originalKey, upload, settings))
  const variant = modelObject(variantBytes(variantKey, 'A'), {
    contentType: 'image/png',
    cacheControl: settings.cacheControl,
    metadata: {
      ...(settings.cacheTags && { [metadataNames.cacheTag]: cacheTag(originalKey) }),
      [metadataNames.source]: copy.etag,
      [metadataNames.pipeline]: pipelineVersion,
    },
  })
  original.objects.set(originalKey, upload)
  origin.objects.set(originalKey, copy)
  cache.responses.set(originalKey, copy)
  if (!withVariant) return
  origin.objects.set(variantKey, variant)
  cache.responses.set(variantKey, variant)
}

/**
 * What a world at rest must not have, each in a few words; empty when all is well.
 * @param settings one of which a copy must have been made with
 */
export function flaws(world: World, settings: readonly CopySettings[]): string[] {
  return [...copyFlaws(world, settings), ...variantFlaws(world), ...cacheFlaws(world)]
}

function copyFlaws({ original, origin }: World, settings: readonly CopySettings[]): string[] {
  const upload = original.objects.get(originalKey)
  const copy = origin.objects.get(originalKey)
  if (!upload) return copy ? ['a copy without its original'] : []
  if (!copy) return ['an original without its copy']
  if (copy.body !== upload.body) return ['a copy of other bytes than its original']
  const same = settings.some((one) => {
    return hasAttributes(copy, copyAttributes(originalKey, upload, one))
  })
  return same ? [] : ['a copy of other attributes than its original']
}

function variantFlaws({ origin }: World): string[] {
  const copy = origin.objects.get(originalKey)
  return [...origin.objects].flatMap(([key, variant]) => {
    if (key === originalKey) return []
    if (!copy) return [`${key} without an original`]
    const matches =
      variant.metadata[metadataNames.source] === copy.etag &&
      variant.body === variantBytes(key, copy.body)
    return matches ? [] : [`${key} does not match its original`]
  })
}

function cacheFlaws({ origin, cache }: World): string[] {
  return [...cache.responses].flatMap(([key, response]) => {
    const object = origin.objects.get(key)
    const same =
      response.body === object?.body &&
      response.contentType === object.contentType &&
      response.cacheControl === object.cacheControl
    return same ? [] : [`${key} is cached as it is not any more`]
  })
}
