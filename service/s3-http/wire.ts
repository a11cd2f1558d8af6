import type { Body } from './body.ts'
import type { ResponseHead } from './response-head.ts'

/** Where a connection leads to. */
export interface Endpoint {
  tls: boolean
  host: string
  port: number
}

/** How long things may take, in milliseconds. */
export interface Timeouts {
  connectMs: number
  /** From the request to the head of its response, and between two pieces of a body. */
  idleMs: number
}

/** One request, ready to be sent. */
export interface WireRequest {
  method: string
  head: string
  body: Uint8Array | undefined
}

/** A response, whose body is still to come. */
export type WireResponse = Pick<ResponseHead, 'status' | 'reason' | 'headers'> & { body: Body }

/** A connection that serves one request after the other. */
export interface Connection {
  /** Whether it can take a request. */
  readonly usable: boolean
  /**
   * Sends a request. The connection is free again when `onFree` is called, with whether it can be
   * used again.
   * @throws an error named `TimeoutError`, or that of the connection
   */
  exchange(request: WireRequest, onFree: (usable: boolean) => void): Promise<WireResponse>
  destroy(error?: Error): void
}
