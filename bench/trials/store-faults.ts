import type { FaultAction } from '../../infra/local/faults.ts'

/** A fault of S3 while an original is read, or while what was made of it is written back. */
export interface StoreFault {
  name: string
  operation: 'GetObject' | 'PutObject' | 'HeadObject'
  action: FaultAction
  /** How many calls it befalls; all unless told. */
  times?: number
  /** What the viewer gets. */
  status: number
  /** Milliseconds within which the viewer gets it. */
  withinMs: number
  /** Calls of the operation, all repetitions included, at most. */
  maxCalls: number
  /** What becomes of the write-back, where there is one. */
  landing?: 'written' | 'failed'
}

const error = (status: number, code: string): FaultAction => ({ kind: 'error', status, code })

const denied = error(403, 'AccessDenied')
const slowDown = error(503, 'SlowDown')
const internalError = error(500, 'InternalError')

const passing: Readonly<Record<string, FaultAction>> = {
  'latency of 1 s': { kind: 'delay', ms: 1000 },
  '503 SlowDown': slowDown,
  '500 InternalError': internalError,
  'connection reset': { kind: 'reset' },
  'accepted, never answered': { kind: 'hang' },
}

const read = { operation: 'GetObject', withinMs: 5_000 } as const
const write = { operation: 'PutObject', status: 200, withinMs: 5_000 } as const

/** All that can be wrong with S3, for good and once. */
export const storeFaults: readonly StoreFault[] = [
  { ...read, name: 'read: no such key', action: error(404, 'NoSuchKey'), status: 404, maxCalls: 1 },
  { ...read, name: 'read: access denied', action: denied, status: 502, maxCalls: 2 },
  {
    ...read,
    name: 'read: no such bucket',
    action: error(404, 'NoSuchBucket'),
    status: 502,
    maxCalls: 2,
  },
  { ...read, name: 'read: 503 SlowDown', action: slowDown, status: 503, maxCalls: 3 },
  { ...read, name: 'read: 500 InternalError', action: internalError, status: 502, maxCalls: 3 },
  { ...read, name: 'read: connection reset', action: { kind: 'reset' }, status: 502, maxCalls: 3 },
  {
    ...read,
    name: 'read: reset in mid-body',
    action: { kind: 'reset-mid-body' },
    status: 502,
    maxCalls: 6,
  },
  {
    ...read,
    name: 'read: body shorter than its length',
    action: { kind: 'truncate' },
    status: 502,
    maxCalls: 2,
  },
  {
    ...read,
    name: 'read: half of the body as the whole',
    action: { kind: 'shorten' },
    // The service asks for no checksum, so it is the decoder that finds it out.
    status: 422,
    maxCalls: 1,
  },
  {
    ...read,
    name: 'read: body stalls',
    action: { kind: 'stall' },
    status: 504,
    maxCalls: 1,
    withinMs: 8_000,
  },
  {
    ...read,
    name: 'read: accepted, never answered',
    action: { kind: 'hang' },
    status: 504,
    maxCalls: 3,
    withinMs: 25_500,
  },
  ...Object.entries(passing).map(([name, action]) => ({
    ...read,
    name: `read: ${name}, once`,
    action,
    times: 1,
    status: 200,
    maxCalls: 2,
    withinMs: 8_000,
    landing: 'written' as const,
  })),
  { ...write, name: 'write: access denied', action: denied, maxCalls: 2, landing: 'failed' },
  { ...write, name: 'write: 503 SlowDown', action: slowDown, maxCalls: 9, landing: 'failed' },
  {
    ...write,
    name: 'write: 500 InternalError',
    action: internalError,
    maxCalls: 9,
    landing: 'failed',
  },
  {
    ...write,
    name: 'write: connection reset',
    action: { kind: 'reset' },
    maxCalls: 9,
    landing: 'failed',
  },
  {
    ...write,
    name: 'write: accepted, never answered',
    action: { kind: 'hang' },
    maxCalls: 9,
    landing: 'failed',
  },
  {
    ...write,
    name: 'write: done, but the answer is lost, once',
    action: { kind: 'lose-answer' },
    times: 1,
    maxCalls: 2,
    landing: 'written',
  },
  ...Object.entries(passing).map(([name, action]) => ({
    ...write,
    name: `write: ${name}, once`,
    action,
    times: 1,
    maxCalls: 2,
    landing: 'written' as const,
  })),
  {
    ...write,
    name: 'second look at the original: 500, once',
    operation: 'HeadObject',
    action: internalError,
    times: 1,
    maxCalls: 2,
    landing: 'written',
  },
]
