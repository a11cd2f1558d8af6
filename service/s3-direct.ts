import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { backoffMs } from './retry.ts'
import type { Body } from './s3-http/body.ts'
import { escapeKey } from './s3-http/escape.ts'
import { maxErrorBytes, type Transport } from './s3-http/handler.ts'
import { createSigner, type Signer } from './s3-http/sigv4.ts'
import type { WireResponse } from './s3-http/wire.ts'
import { findTarget, type Target } from './s3-target.ts'

/** An object as S3 answers it, in the SDK's words. */
interface DirectAnswer {
  ETag: string | undefined
  ContentLength: number | undefined
  ContentType: string | undefined
  CacheControl: string | undefined
  Metadata: Record<string, string>
  Body: Body
}

/** What is asked. */
interface DirectRequest {
  method: 'GET' | 'HEAD' | 'PUT'
  key: string
  /** Beside those of every request; names in lower case. */
  headers?: Record<string, string>
  body?: Buffer
  signal?: AbortSignal | undefined
}

/**
 * Calls of S3 that spare the way through the SDK.
 * @returns undefined when the SDK shall be asked: S3 answered neither with success nor with one of
 *   the refusals that are told, or did not answer
 * @throws Error by the name of `NoSuchKey`, `NotFound`, `PreconditionFailed` or
 *   `ConditionalRequestConflict`, as the SDK does; the reason of `signal`
 */
export type Direct = (request: DirectRequest) => Promise<DirectAnswer | undefined>

/** What all calls need. */
interface Ready {
  target: Target
  sign: Signer
  countSuccess: () => void
}

const emptyHash = hash('sha256', '')

/** Before S3 is asked again by the SDK, which itself waits only between its own attempts. */
const pause = { baseMs: 100, maxMs: 100 }

/**
 * The refusals that are told, by status. A write that another one was in the way of (409) was not
 * done: were the SDK to ask again, that other one would look like the answer lost to our own.
 */
const toldErrors: Readonly<Record<number, string>> = {
  404: 'NoSuchKey',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
}

/**
 * Direct calls for the objects of `bucket`. Of the SDK's `client` they have its endpoint, its
 * credentials and its clock; they leave out its two dozen layers for what this service never asks
 * of S3, which cost an image in three calls some 2 ms of the main thread's time
 * (`npm run bench -- saturation`). Repeating calls and understanding errors stay the SDK's.
 * @param transport sends them, as a rule the client's own
 */
export function createDirect(
  client: S3Client,
  bucket: string,
  transport: Pick<Transport, 'exchange'>,
): Direct {
  let found: Promise<Ready | undefined> | undefined

  const find = () => {
    found ??= prepare(client, bucket).catch(() => {
      // The SDK is asked then, and says what is wrong.
      found = undefined
      return undefined
    })
    return found
  }

  const send = async (
    { method, key, headers, body, signal }: DirectRequest,
    { target, sign }: Ready,
  ): Promise<WireResponse> => {
    const path = target.prefix + escapeKey(key)
    const now = new Date(Date.now() + client.config.systemClockOffset)
    const signed = sign(
      {
        method,
        path,
        headers: { ...target.headers, ...headers },
        payloadHash: body ? hash('sha256', body) : emptyHash,
      },
      await client.config.credentials(),
      now,
    )
    const { protocol, hostname, port } = target
    const request = { method, protocol, hostname, port, path, headers: signed, body }
    return transport.exchange(request, signal)
  }

  return async (request) => {
    const { signal, headers = {} } = request
    // In Signature Version 4 other characters are bytes of UTF-8, in a head they are Latin-1.
    if (Object.values(headers).some((value) => /[^\x20-\x7e]/.test(value))) return undefined
    const ready = await find()
    if (!ready) return undefined
    let response: WireResponse
    try {
      response = await send(request, ready)
    } catch (error) {
      if (signal?.aborted) throw error
      await sleep(backoffMs(1, pause), undefined, { signal })
      return undefined
    }
    if (response.status === 200) {
      ready.countSuccess()
      // Only GET's is read: what else came with one would hold the connection.
      if (request.method !== 'GET') response.body.destroy()
      return answerOf(response)
    }
    const name = request.method === 'HEAD' ? nameOfHead(response) : await nameOf(response)
    response.body.destroy()
    if (name) throw Object.assign(new Error(name), { name })
    if (response.status >= 429) await sleep(backoffMs(1, pause), undefined, { signal })
    return undefined
  }
}

async function prepare(client: S3Client, bucket: string): Promise<Ready | undefined> {
  const target = await findTarget(client, bucket)
  if (!target) return undefined
  return { target, sign: createSigner(target), countSuccess: await successCounter(client) }
}

/**
 * The SDK ceases to repeat calls when too many were repeated in vain, until enough others succeed:
 * those that it is not asked for must count as well.
 */
async function successCounter(client: S3Client): Promise<() => void> {
  const strategy = await client.config.retryStrategy()
  if (!('recordSuccess' in strategy)) return () => {}
  const token = await strategy.acquireInitialRetryToken('direct')
  return () => strategy.recordSuccess(token)
}

function answerOf({ headers, body }: WireResponse): DirectAnswer {
  const length = headers['content-length']
  const metadata: Record<string, string> = {}
  for (const name in headers) {
    if (name.startsWith('x-amz-meta-')) metadata[name.slice(11)] = headers[name] as string
  }
  return {
    ETag: headers.etag,
    ContentLength: length === undefined ? undefined : Number(length),
    ContentType: headers['content-type'],
    CacheControl: headers['cache-control'],
    Metadata: metadata,
    Body: body,
  }
}

/** HEAD's answers have no body to say more. */
function nameOfHead({ status }: WireResponse): string | undefined {
  return status === 404 ? 'NotFound' : undefined
}

async function nameOf({ status, headers, body }: WireResponse): Promise<string | undefined> {
  if (Number(headers['content-length'] ?? 0) > maxErrorBytes) return undefined
  try {
    let text = ''
    // Of a refusal that is not told, too: a connection is used again only behind all of its answer.
    for await (const piece of body.stream(maxErrorBytes)) {
      text += (piece as Buffer).toString('latin1')
    }
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1]
    return code !== undefined && code === toldErrors[status] ? code : undefined
  } catch {
    return undefined
  }
}
