import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ObjectBody } from './read-body.ts'
import type { Direct } from './s3-direct.ts'
import { type ObjectAttributes, type ObjectHead, StoreError, type WriteCondition } from './store.ts'
import { unlessAborted } from './unless-aborted.ts'

/** An object's header as the SDK, or a direct call, has it. */
interface HeadAnswer {
  ETag?: string | undefined
  ContentLength?: number | undefined
  ContentType?: string | undefined
  CacheControl?: string | undefined
  Metadata?: Record<string, string> | undefined
}

/** An object that is put. */
interface Put {
  key: string
  body: Buffer
  attributes: ObjectAttributes
  condition: WriteCondition | undefined
}

/**
 * The calls that an image needs, for the objects of `bucket`. They reject as the SDK does.
 * @param direct is asked first, and the SDK when it has no answer
 */
export function s3Calls(
  client: Pick<S3Client, 'send'>,
  bucket: string,
  direct: Direct | undefined,
) {
  const get = async (key: string, signal: AbortSignal | undefined) =>
    (await direct?.({ method: 'GET', key, signal })) ??
    (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), abortable(signal)))

  const head = async (key: string, signal: AbortSignal | undefined) =>
    (await direct?.({ method: 'HEAD', key, signal })) ??
    (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), abortable(signal)))

  return {
    get: (key: string, signal: AbortSignal | undefined) => ending(get(key, signal), signal),

    head: (key: string, signal: AbortSignal | undefined) => ending(head(key, signal), signal),

    /** @param onRepeat is called before S3 is asked for a second time */
    put: async (put: Put, onRepeat: () => void) => {
      const { key, body } = put
      const answer = await direct?.({ method: 'PUT', key, headers: putHeaders(put), body })
      if (answer) return answer
      if (direct) onRepeat()
      return client.send(new PutObjectCommand({ Bucket: bucket, ...putInput(put) }))
    },
  }
}

function putInput({ key, body, attributes, condition }: Put) {
  return {
    Key: key,
    Body: body,
    ContentLength: body.length,
    ContentType: attributes.contentType,
    CacheControl: attributes.cacheControl,
    Metadata: { ...attributes.metadata },
    ...(condition && 'ifAbsent' in condition && { IfNoneMatch: '*' }),
    ...(condition && 'ifMatch' in condition && { IfMatch: condition.ifMatch }),
  } satisfies Partial<PutObjectCommandInput>
}

function putHeaders({ body, attributes, condition }: Put): Record<string, string> {
  const headers: Record<string, string> = {
    'content-length': String(body.length),
    'content-type': attributes.contentType,
    'cache-control': attributes.cacheControl,
  }
  for (const [name, value] of Object.entries(attributes.metadata)) {
    headers[`x-amz-meta-${name}`] = value
  }
  if (condition && 'ifAbsent' in condition) headers['if-none-match'] = '*'
  if (condition && 'ifMatch' in condition) headers['if-match'] = condition.ifMatch
  return headers
}

/** What the SDK is given for `signal`. */
export function abortable(signal: AbortSignal | undefined) {
  return signal ? { abortSignal: signal } : {}
}

/** Ends `call` with its signal also where it waits for credentials, for which the SDK has no ear. */
async function ending<T extends HeadAnswer>(
  call: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return call
  try {
    return await unlessAborted(call, signal)
  } catch (error) {
    // Nobody reads an answer that comes after all, and its body would hold a connection.
    call.then(
      (late) => (late as { Body?: ObjectBody }).Body?.destroy(),
      () => {},
    )
    throw error
  }
}

/**
 * What an answer says of its object.
 * @throws StoreError `failed` when it lacks what S3 always says
 */
export function objectHead(answer: HeadAnswer): ObjectHead {
  if (answer.ContentLength === undefined) throw new StoreError('failed', 'an answer without length')
  return {
    etag: entityTag(answer),
    bytes: answer.ContentLength,
    contentType: answer.ContentType,
    cacheControl: answer.CacheControl,
    metadata: answer.Metadata ?? {},
  }
}

/** @throws StoreError `failed` when there is none */
export function entityTag({ ETag }: Pick<HeadAnswer, 'ETag'>): string {
  if (ETag === undefined) throw new StoreError('failed', 'an answer without entity tag')
  return ETag
}
