/** One answer of the service, or that none came. */
export interface Answered {
  status: number | undefined
  ms: number
}

/** What became of a hostile original and of the honest picture that was asked for beside it. */
export interface HostileOutcome {
  /** The answers that are documented for the original. */
  statuses: readonly number[]
  hostile: Answered
  beside: Answered
  /** Bytes by which the service's memory grew meanwhile; undefined where that cannot be measured. */
  grown: number | undefined
}

const limits = { ms: 5_000, besideMs: 5_000, bytes: 384 * 1024 * 1024 }

/** What is wrong with it; nothing when all is as documented. */
export function hostileFaults({ statuses, hostile, beside, grown = 0 }: HostileOutcome): string[] {
  return [
    hostile.status === undefined
      ? 'no answer'
      : !statuses.includes(hostile.status) && `not ${statuses.join(' or ')}`,
    hostile.ms > limits.ms && 'too slow',
    beside.status !== 200 && `${beside.status ?? 'no answer'} beside it`,
    beside.ms > limits.besideMs && 'slow beside it',
    grown > limits.bytes && 'too much memory',
  ].filter((fault) => fault !== false)
}
