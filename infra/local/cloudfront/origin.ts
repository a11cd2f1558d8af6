import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'

/** An answer of the origin: whole, or as a stream when it is too large to keep. */
export type OriginAnswer = { status: number; headers: IncomingHttpHeaders } & (
  | { body: Buffer }
  | { stream: Readable }
)

/** The origin gave no answer; `status` is what CloudFront then tells the viewer. */
export class OriginFailure extends Error {
  readonly status: 502 | 504

  constructor(status: 502 | 504, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'OriginFailure'
    this.status = status
  }
}

/** Where misses are fetched from. */
export interface Origin {
  /**
   * @param path the path of the request line, passed on byte for byte
   * @param headers validators of what is cached
   * @throws OriginFailure
   */
  get(path: string, headers: Record<string, string>): Promise<OriginAnswer>
  close(): void
}

/**
 * An origin spoken to over plain HTTP, as CloudFront speaks to a website endpoint.
 * @param options.wholeUpTo bytes of a body that are collected; of a longer one comes a stream
 * @param options.timeoutMs how long the origin may stay silent
 */
export function httpOrigin(
  base: URL,
  options: { wholeUpTo: number; timeoutMs: number; headers?: Record<string, string> },
): Origin {
  const agent = new Agent({ keepAlive: true })

  function send(path: string, headers: Record<string, string>): Promise<OriginAnswer> {
    return new Promise((resolve, reject) => {
      const sent = request({
        agent,
        host: base.hostname,
        port: base.port,
        path,
        headers: { ...options.headers, ...headers, 'user-agent': 'Amazon CloudFront' },
        timeout: options.timeoutMs,
      })
      let answered: IncomingMessage | undefined
      sent.on('timeout', () => {
        // It is the viewer who is slow then.
        if (answered?.isPaused()) return
        sent.destroy(new OriginFailure(504, `The origin did not answer ${path} in time.`))
      })
      sent.on('error', (cause) => reject(asFailure(cause)))
      sent.on('response', (answer) => {
        answered = answer
        const { statusCode: status = 502, headers } = answer
        collect(answer, options.wholeUpTo).then(
          (content) => resolve({ status, headers, ...content }),
          (cause) => reject(asFailure(cause)),
        )
      })
      sent.end()
    })
  }

  return { get: send, close: () => agent.destroy() }
}

function asFailure(cause: unknown): OriginFailure {
  if (cause instanceof OriginFailure) return cause
  return new OriginFailure(502, 'The origin could not be reached.', { cause })
}

function collect(
  source: Readable,
  wholeUpTo: number,
): Promise<{ body: Buffer } | { stream: Readable }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes <= wholeUpTo) return
      source.off('data', onData)
      source.pause()
      resolve({ stream: continued(chunks, source) })
    }
    source.on('data', onData)
    source.on('end', () => resolve({ body: Buffer.concat(chunks) }))
    source.on('error', reject)
  })
}

function continued(chunks: Buffer[], rest: Readable): Readable {
  const stream = new PassThrough()
  for (const chunk of chunks) stream.write(chunk)
  rest.on('error', (error) => stream.destroy(error))
  stream.on('close', () => rest.destroy())
  rest.pipe(stream)
  return stream
}
