import type { FaultAction } from '../../infra/local/faults.ts'

/** A fault of CloudFront while a path is invalidated. */
export interface CdnFault {
  name: string
  action: FaultAction
  times?: number
  maxCalls: number
  outcome: 'sent' | 'failed'
}

const error = (status: number, code: string): FaultAction => ({ kind: 'error', status, code })

/** All that can be wrong with CloudFront. */
export const cdnFaults: readonly CdnFault[] = [
  {
    name: 'invalidation: throttled four times',
    action: error(400, 'Throttling'),
    times: 4,
    maxCalls: 5,
    outcome: 'sent',
  },
  {
    name: 'invalidation: too many in progress, twice',
    action: error(400, 'TooManyInvalidationsInProgress'),
    times: 2,
    maxCalls: 3,
    outcome: 'sent',
  },
  {
    name: 'invalidation: 503, once',
    action: error(503, 'ServiceUnavailable'),
    times: 1,
    maxCalls: 2,
    outcome: 'sent',
  },
  {
    name: 'invalidation: connection reset, once',
    action: { kind: 'reset' },
    times: 1,
    maxCalls: 2,
    outcome: 'sent',
  },
  {
    name: 'invalidation: done, but the answer is lost, once',
    action: { kind: 'lose-answer' },
    times: 1,
    maxCalls: 2,
    outcome: 'sent',
  },
  {
    name: 'invalidation: accepted, never answered, once',
    action: { kind: 'hang' },
    times: 1,
    maxCalls: 2,
    outcome: 'sent',
  },
  {
    name: 'invalidation: access denied',
    action: error(403, 'AccessDenied'),
    maxCalls: 1,
    outcome: 'failed',
  },
]
