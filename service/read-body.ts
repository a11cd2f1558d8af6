import type { Readable } from 'node:stream'
import { Body } from './s3-http/body.ts'
import { StoreError, type StoreFailure } from './store.ts'

/** What the bytes of an object come from: the SDK has streams, and direct calls what needs none. */
export type ObjectBody = Readable | Body

/**
 * Reads `source`, which has `bytes` bytes, into one buffer.
 * @throws StoreError `broken-body` when it breaks off or has another length, `timeout` after
 *   `idleMs` milliseconds without a byte, or when the source says so, `aborted` by `signal`
 */
export function readBody(
  source: ObjectBody,
  bytes: number,
  {
    idleMs,
    allocate = Buffer.allocUnsafeSlow,
    signal,
  }: {
    idleMs: number
    allocate?: ((bytes: number) => Buffer) | undefined
    signal?: AbortSignal | undefined
  },
): Promise<Buffer> {
  if (source instanceof Body) return readStraight(source, allocate(bytes))
  const stream = source
  return new Promise((resolve, reject) => {
    const body = allocate(bytes)
    let filled = 0
    const timer = setTimeout(
      () => settle(new StoreError('timeout', `no byte of the body for ${idleMs} ms`)),
      idleMs,
    )
    const onAbort = () => settle(new StoreError('aborted', 'the call was ended'))
    const settle = (error?: StoreError) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (!error) return resolve(body)
      stream.destroy()
      reject(error)
    }
    const broken = (cause?: unknown) =>
      settle(new StoreError(failureOf(cause), `${filled} of ${bytes} bytes came`, { cause }))

    if (signal?.aborted) return onAbort()
    if (stream.destroyed) return broken(stream.errored)
    signal?.addEventListener('abort', onAbort, { once: true })
    stream.on('data', (chunk: Buffer) => {
      timer.refresh()
      if (filled + chunk.length > bytes) return broken()
      filled += chunk.copy(body, filled)
    })
    stream.once('end', () => (filled === bytes ? settle() : broken()))
    stream.on('error', broken)
    stream.once('close', () => {
      if (filled < bytes) broken()
    })
  })
}

/** Reads a body of the service's own transport, which has idle times and abortion of its own. */
async function readStraight(source: Body, body: Buffer): Promise<Buffer> {
  try {
    await source.readInto(body)
    return body
  } catch (cause) {
    throw new StoreError(failureOf(cause), (cause as Error).message, { cause })
  }
}

/** Why a body broke off: the service's own transport says so when its idle time passed. */
function failureOf(cause: unknown): StoreFailure {
  return (cause as Error | undefined)?.name === 'TimeoutError' ? 'timeout' : 'broken-body'
}
