import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { endpointOf } from './endpoint.ts'
import { escapeText } from './escape.ts'
import { createPool, type Pool } from './pool.ts'
import type { Timeouts, WireResponse } from './wire.ts'

/** A request as the SDK has it, as far as it is sent. */
interface TransportRequest {
  protocol: string
  hostname: string
  port?: number | undefined
  path: string
  query?: Record<string, string | string[] | null>
  method: string
  headers: Record<string, string>
  body?: unknown
}

type RequestHandler = NonNullable<S3ClientConfig['requestHandler']>

/** The SDK's request handler, which also takes the requests of those who spare the SDK. */
export type Transport = RequestHandler & {
  /**
   * Sends `request`. Its response is to be read or given up.
   * @throws TypeError for what cannot be sent; an error named `TimeoutError`, that of the
   *   connection, or the reason of `signal`
   */
  exchange(request: TransportRequest, signal?: AbortSignal): Promise<WireResponse>
  /** Closes all connections, for good. */
  destroy(): void
}

/** Longer than any error of S3. */
export const maxErrorBytes = 64 * 1024

/** How the transport is set up. */
export interface TransportOptions extends Timeouts {
  /** To each endpoint at once. */
  maxConnections: number
}

/**
 * The SDK's transport to S3, in the place of its own over `node:http`: a body is read straight to
 * where its bytes are wanted, where `node:http` makes a buffer and the SDK a copy of every piece.
 * For an original of 4 MB that is two thirds of the processor time of the whole call
 * (`npm run bench -- saturation`). Signing, repeating and understanding errors stay the SDK's.
 */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Pool>()

  const poolOf = ({ protocol, hostname, port }: TransportRequest): Pool => {
    const name = `${protocol}//${hostname}:${port}`
    const known = pools.get(name)
    if (known) return known
    const endpoint = endpointOf(protocol, hostname, port)
    const pool = createPool(endpoint, options, options.maxConnections)
    pools.set(name, pool)
    return pool
  }

  const exchange = async (request: TransportRequest, signal?: AbortSignal) => {
    const { method } = request
    const wire = { method, head: requestHead(request), body: bytesOf(request.body) }
    return poolOf(request).exchange(wire, signal)
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    exchange,
    handle: async (
      request: TransportRequest,
      { abortSignal }: { abortSignal?: AbortSignal } = {},
    ) => {
      const { status, reason, headers, body } = await exchange(request, abortSignal)
      // Errors the SDK reads whole, however long they are.
      const stream = body.stream(status < 300 ? undefined : maxErrorBytes)
      return { response: { statusCode: status, reason, headers, body: stream } }
    },
    destroy: () => {
      for (const pool of pools.values()) pool.destroy()
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  } as unknown as Transport
}

function requestHead(request: TransportRequest): string {
  const query = queryString(request.query ?? {})
  const target = query ? `${request.path}?${query}` : request.path
  const entries = Object.entries(request.headers)
  if (!entries.some(([name]) => name.toLowerCase() === 'host')) {
    entries.push(['host', hostOf(request)])
  }
  let head = `${request.method} ${target} HTTP/1.1\r\n`
  for (const [name, value] of entries) head += `${name}: ${value}\r\n`
  // Neither line breaks nor what the head's Latin-1 would spoil.
  if (/[^\t\x20-\x7e\x80-\xff]/.test([request.method, target, ...entries.flat()].join(''))) {
    throw new TypeError('a character that no head of a request may hold')
  }
  return `${head}\r\n`
}

function hostOf({ protocol, hostname, port }: TransportRequest): string {
  const usual = protocol === 'https:' ? 443 : 80
  return port === undefined || port === usual ? hostname : `${hostname}:${port}`
}

/** As the SDK signs it. */
function queryString(query: NonNullable<TransportRequest['query']>): string {
  return Object.keys(query)
    .sort()
    .flatMap((name) => {
      const value = query[name]
      if (value === null || value === undefined) return [escapeText(name)]
      return [value].flat().map((one) => `${escapeText(name)}=${escapeText(one)}`)
    })
    .join('&')
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  throw new TypeError('this transport sends bytes, not streams')
}
