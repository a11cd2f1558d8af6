import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { type ObjectBody, readBody } from './read-body.ts'
import { abortable, entityTag, objectHead, s3Calls } from './s3-calls.ts'
import type { Direct } from './s3-direct.ts'
import { storeError } from './s3-errors.ts'
import { type ObjectAttributes, type ObjectHead, type ObjectStore, StoreError } from './store.ts'

/** Tries of a read whose body broke off; the SDK itself repeats only up to the response's header. */
const bodyAttempts = 2

/** Milliseconds without a byte after which a body counts as stalled. */
const bodyIdleMs = 5_000

/**
 * The bucket `bucket` of S3 as an `ObjectStore`. The SDK's own retries apply to every call.
 * @param direct is asked first, and the SDK when it has no answer
 */
export function s3Store(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  direct?: Direct,
): ObjectStore {
  const calls = s3Calls(client, bucket, direct)

  const getOnce: ObjectStore['get'] = async (key, options = {}) => {
    const { maxBytes, reserve, allocate, signal } = options
    const answer = await calls.get(key, signal)
    const body = answer.Body as ObjectBody
    // Breaking off while `reserve` waits must not be an unhandled event; `readBody` finds it out.
    if (body instanceof Readable) body.on('error', () => {})
    try {
      const head = objectHead(answer)
      if (maxBytes !== undefined && head.bytes > maxBytes) {
        throw new StoreError('too-large', `${key} has ${head.bytes} bytes of at most ${maxBytes}`)
      }
      await reserve?.(head.bytes)
      const limits = { idleMs: bodyIdleMs, allocate, signal }
      return { ...head, body: await readBody(body, head.bytes, limits) }
    } finally {
      body.destroy()
    }
  }

  const head: ObjectStore['head'] = async (key, { signal } = {}) => {
    try {
      return objectHead(await calls.head(key, signal))
    } catch (error) {
      const failure = storeError(error, signal)
      if (failure.failure === 'missing') return undefined
      throw failure
    }
  }

  return {
    head,

    get: async (key, options = {}) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await getOnce(key, options)
        } catch (error) {
          const failure = storeError(error, options.signal)
          if (failure.failure !== 'broken-body' || attempt === bodyAttempts) throw failure
        }
      }
    },

    put: async (key, body, attributes, condition) => {
      let repeated = false
      const onRepeat = () => {
        repeated = true
      }
      try {
        const answer = await calls.put({ key, body, attributes, condition }, onRepeat)
        return { etag: entityTag(answer) }
      } catch (error) {
        const failure = storeError(error)
        // S3 answers 404 to If-Match on a key that is gone.
        if (failure.failure === 'missing') {
          throw new StoreError('condition', `${key} is gone`, { cause: error })
        }
        repeated ||= wasRepeated(error)
        if (failure.failure !== 'condition' || !repeated) throw failure
        // Where the answer to an earlier attempt was lost, what stands in the way is our own.
        const present = await head(key)
        if (!present || !isOwn(present, body, attributes)) throw failure
        return { etag: present.etag }
      }
    },

    remove: async (key, { ifMatch, signal } = {}) => {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: ifMatch })
      try {
        await client.send(command, abortable(signal))
      } catch (error) {
        const failure = storeError(error, signal)
        if (failure.failure !== 'missing') throw failure
      }
    },
  }
}

/** Whether the SDK had sent the call more than once when it failed. */
function wasRepeated(error: unknown): boolean {
  return ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1
}

/** Whether an object is what was put: another one may have the same bytes. */
function isOwn(present: ObjectHead, body: Buffer, { metadata }: ObjectAttributes): boolean {
  const names = Object.keys(metadata)
  const isSame = names.every((name) => present.metadata[name] === metadata[name])
  return isSame && present.etag === contentTag(body)
}

/** The entity tag of an object put whole and not encrypted with a key of one's own: its MD5. */
function contentTag(body: Buffer): string {
  return `"${hash('md5', body)}"`
}
