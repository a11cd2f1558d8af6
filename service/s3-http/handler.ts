import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { endpointOf } from './endpoint.ts'
import { escapeText } from './escape.ts'
import { createPool, type Pool } from './pool.ts'
import type { Timeouts } from './wire.ts'

/** What of the SDK's request is sent. */
interface SdkRequest {
  protocol: string
  hostname: string
  port?: number
  path: string
  query?: Record<string, string | string[] | null>
  method: string
  headers: Record<string, string>
  body?: unknown
}

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
export function createTransport(
  options: TransportOptions,
): NonNullable<S3ClientConfig['requestHandler']> {
  const pools = new Map<string, Pool>()

  const poolOf = ({ protocol, hostname, port }: SdkRequest): Pool => {
    const name = `${protocol}//${hostname}:${port}`
    const known = pools.get(name)
    if (known) return known
    const endpoint = endpointOf(protocol, hostname, port)
    const pool = createPool(endpoint, options, options.maxConnections)
    pools.set(name, pool)
    return pool
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
      const wire = {
        method: request.method,
        head: requestHead(request),
        body: bytesOf(request.body),
      }
      const { status, reason, headers, body } = await poolOf(request).exchange(wire, abortSignal)
      return { response: { statusCode: status, reason, headers, body } }
    },
    destroy: () => {
      for (const pool of pools.values()) pool.destroy()
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  } as unknown as NonNullable<S3ClientConfig['requestHandler']>
}

function requestHead(request: SdkRequest): string {
  const query = queryString(request.query ?? {})
  const target = query ? `${request.path}?${query}` : request.path
  const lines = [`${request.method} ${target} HTTP/1.1`]
  const names = new Set<string>()
  for (const [name, value] of Object.entries(request.headers)) {
    names.add(name.toLowerCase())
    lines.push(`${name}: ${value}`)
  }
  if (!names.has('host')) lines.push(`host: ${hostOf(request)}`)
  // Neither line breaks nor what the head's Latin-1 would spoil.
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))) {
    throw new TypeError('a character that no head of a request may hold')
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

function hostOf({ protocol, hostname, port }: SdkRequest): string {
  const usual = protocol === 'https:' ? 443 : 80
  return port === undefined || port === usual ? hostname : `${hostname}:${port}`
}

/** As the SDK signs it. */
function queryString(query: NonNullable<SdkRequest['query']>): string {
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
