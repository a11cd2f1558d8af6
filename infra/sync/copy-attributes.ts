import { extensionOf } from '../../service/formats.ts'
import { cacheTag, metadataNames } from '../../service/provenance.ts'
import { type CopyAttributes, type FullHead, keptHeaders } from './buckets.ts'
import { contentTypeOf } from './content-type.ts'
import { withOwn } from './metadata-room.ts'

/** What of the configuration shows in a copy. */
export interface CopySettings {
  /** For uploads that have no Cache-Control: without one CloudFront would keep no copy. */
  readonly cacheControl: string
  readonly cacheTags: boolean
}

/** What clients send when they were not told the type of an upload. */
const unknownTypes = ['binary/octet-stream', 'application/octet-stream']

/** What the copy of an upload is written with. */
export function copyAttributes(
  key: string,
  upload: FullHead,
  settings: CopySettings,
): CopyAttributes {
  return {
    contentType: contentType(key, upload),
    cacheControl: upload.cacheControl || settings.cacheControl,
    metadata: withOwn(withoutReplaces(upload.metadata), {
      [metadataNames.source]: upload.etag,
      ...(settings.cacheTags && { [metadataNames.cacheTag]: cacheTag(key) }),
    }),
    kept: upload.kept,
  }
}

/** Whether `copy` was made with `attributes`, whatever it replaced. */
export function hasAttributes(copy: FullHead, attributes: CopyAttributes): boolean {
  return (
    copy.contentType === attributes.contentType &&
    copy.cacheControl === attributes.cacheControl &&
    keptHeaders.every((name) => copy.kept[name] === attributes.kept[name]) &&
    isSameRecord(withoutReplaces(copy.metadata), attributes.metadata)
  )
}

function contentType(key: string, upload: FullHead): string {
  const { contentType = unknownTypes[0] as string } = upload
  if (!unknownTypes.includes(contentType)) return contentType
  return contentTypeOf(extensionOf(key)) ?? contentType
}

function withoutReplaces(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const { [metadataNames.replaces]: _, ...rest } = metadata
  return rest
}

function isSameRecord(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
