import type {
  ObjectAttributes,
  ObjectHead,
  ObjectStore,
  WriteCondition,
} from '../../service/store.ts'

/** Headers that S3 keeps with an object and that a copy loses unless they are sent again. */
export const keptHeaders = [
  'ContentEncoding',
  'ContentDisposition',
  'ContentLanguage',
  'WebsiteRedirectLocation',
] as const

/** `keptHeaders` that an object has and a copy can be given. */
type KeptHeaders = Readonly<Partial<Record<(typeof keptHeaders)[number], string>>>

/** What a bucket says of an object, `kept` included. */
export interface FullHead extends ObjectHead {
  kept: KeptHeaders
}

/** What a copy is written with. */
export interface CopyAttributes extends ObjectAttributes {
  kept: KeptHeaders
}

/** The bucket of the uploads, which is only looked at. */
export interface OriginalBucket {
  /**
   * The object's header, or undefined when there is no such object.
   * @throws StoreError
   */
  head(key: string): Promise<FullHead | undefined>
}

/** The bucket behind the cache: copies of the originals, and their variants. */
export interface OriginBucket extends OriginalBucket, Pick<ObjectStore, 'remove'> {
  /**
   * Copies `key` of the original bucket, with other attributes.
   * @param sourceEtag entity tag that the original must have
   * @param condition what the origin bucket must hold under the key
   * @param signal ends the call early
   * @throws StoreError `condition` when either is not so, `missing` when the original is gone
   */
  copy(
    key: string,
    sourceEtag: string,
    attributes: CopyAttributes,
    condition?: Extract<WriteCondition, { ifAbsent: true }>,
    signal?: AbortSignal,
  ): Promise<void>
  /**
   * The folders directly behind `prefix` that are spelled like variants (`150x200`), in use or not
   * in the allowlist any more.
   * @throws StoreError
   */
  variantFolders(prefix: string): Promise<string[]>
}
