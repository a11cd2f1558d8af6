import type { Readable } from 'node:stream'

/** S3's limit for a key, in bytes of UTF-8. */
export const maxKeyBytes = 1024

/** A checksum as S3 keeps it beside an object: the value in base64. */
export interface Checksum {
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  value: string
}

/** What is written beside the bytes of an object, and answered with them. */
export interface ObjectAttributes {
  contentType?: string
  cacheControl?: string
  contentDisposition?: string
  contentEncoding?: string
  contentLanguage?: string
  /** The `Expires` header as it was given. */
  expires?: string
  checksum?: Checksum
  /** User metadata: names in lower case, without `x-amz-meta-`. */
  metadata?: Readonly<Record<string, string>>
}

/** An object without its bytes. */
export interface ObjectInfo extends ObjectAttributes {
  readonly key: string
  readonly bytes: number
  /** The entity tag with its quotes, as HTTP spells it. */
  readonly etag: string
  readonly lastModified: Date
  /** As it was given, or guessed from the name of a file that was put there by hand. */
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes `start` to `end`, both included, both within the object. */
interface ByteRange {
  start: number
  end: number
}

/** On what a write depends: nothing under the key yet, or exactly the object with that entity tag. */
export type BucketCondition = { ifAbsent: true } | { ifMatch: string }

/** What a list is asked for. Keys are sorted by their UTF-8 bytes, as S3 does. */
export interface ListQuery {
  prefix?: string
  /** Keys that have it behind the prefix are rolled up into one common prefix. */
  delimiter?: string
  /** Only keys behind this one. */
  after?: string
  /** Leave out all keys that start with `after`, too: it is a common prefix that was told. */
  afterWhole?: boolean
  /** At most so many objects and common prefixes together; 1,000 unless told. */
  limit?: number
}

/** One page of a list. */
export interface ListPage {
  objects: ObjectInfo[]
  commonPrefixes: string[]
  /** Where the next page begins; undefined on the last one. */
  next: { after: string; afterWhole: boolean } | undefined
}

/** An object appeared or got other bytes or attributes, or went. */
export interface BucketChange {
  type: 'created' | 'removed'
  key: string
  /** 0 when removed. */
  bytes: number
  /** Of a removed object, the last one known, or `""`. */
  etag: string
}

/**
 * Told of each change at least once, in no order. A change counts as told when the listener has
 * returned, or its promise is fulfilled; one that failed, or that was under way when the process
 * ended, is told again: after the next rescan, or the next start.
 */
export type ChangeListener = (change: BucketChange) => void | Promise<void>

/** One bucket of the laptop's S3. */
export interface Bucket {
  readonly name: string
  readonly created: Date
  /** Where the bucket keeps what is no object: temporary files, metadata, unfinished uploads. */
  readonly stateDirectory: string
  /** The object's header, or undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>
  /**
   * Opens an object. The body is that of one version, even when it is replaced meanwhile; it must
   * be read to its end or destroyed.
   * @param range the part of it, given the header; none for all of it
   */
  read(
    key: string,
    range?: (info: ObjectInfo) => ByteRange | undefined,
  ): Promise<{ info: ObjectInfo; body: Readable } | undefined>
  /**
   * Writes an object whole or not at all.
   * @param body a stream, or what else gives chunks; one that fails leaves nothing behind
   * @param attributes a function is called when the body has been read to its end
   * @throws BucketConditionFailed; what `body` throws; an error of the file system
   */
  write(
    key: string,
    body: Buffer | AsyncIterable<Buffer>,
    attributes: WriteAttributes | (() => WriteAttributes),
    condition?: BucketCondition,
  ): Promise<ObjectInfo>
  /**
   * Removes an object; false when there was none.
   * @throws BucketConditionFailed when there is another one than `ifMatch`
   */
  remove(key: string, condition?: { ifMatch: string }): Promise<boolean>
  list(query?: ListQuery): Promise<ListPage>
  /**
   * Begins to tell `listener` of changes, whether made through `write` and `remove` or by hand on
   * the disk, those made since the last listener of an earlier process included.
   * @returns ends it
   */
  onChange(listener: ChangeListener): () => void
  /** Ends watching and writes down what was told. The bucket must not be used afterwards. */
  close(): Promise<void>
}

/** What a writer says of an object; without `etag` it is the MD5 of the bytes. */
export interface WriteAttributes extends ObjectAttributes {
  etag?: string
}

/** A conditional write or removal found another object than the condition says. */
export class BucketConditionFailed extends Error {
  /** What is there instead; undefined for nothing. */
  readonly present: ObjectInfo | undefined

  constructor(key: string, present: ObjectInfo | undefined) {
    super(`The condition does not hold for ${JSON.stringify(key)}.`)
    this.name = 'BucketConditionFailed'
    this.present = present
  }
}
