/** What a request asks for, as far as a fault can be bound to it. */
export interface FaultTarget {
  /** The API's name of it: `GetObject`, `PutObject`, `CreateInvalidation`, … */
  operation: string
  bucket?: string
  key?: string
}

/** What goes wrong. */
export type FaultAction =
  /** The answer comes so many milliseconds later. */
  | { kind: 'delay'; ms: number }
  /** The operation is refused with an error of the API, such as 503 `SlowDown`. */
  | { kind: 'error'; status: number; code: string; message?: string }
  /** The connection is reset, and nothing is done. */
  | { kind: 'reset' }
  /** It is done, but the connection is reset instead of the answer. */
  | { kind: 'lose-answer' }
  /** The connection is reset in the middle of the answer's body. */
  | { kind: 'reset-mid-body' }
  /** The connection ends, in good order, before the declared length of the body. */
  | { kind: 'truncate' }
  /** Half of the body is sent, and declared as the whole length. */
  | { kind: 'shorten' }
  /** Half of the body is sent, then nothing more. */
  | { kind: 'stall' }
  /** The request is accepted and never answered. */
  | { kind: 'hang' }

/** A text that must be equal, or a question that must be answered with true. */
type Match = string | ((value: string) => boolean)

/** For which requests what goes wrong; what is left out matches everything. */
interface FaultRule {
  operation?: Match
  bucket?: Match
  key?: Match
  /** How many requests it befalls; all unless told. */
  times?: number
  action: FaultAction
}

/** The faults in force. */
export interface Faults {
  /** Adds a rule behind the others; returns what takes it away again. */
  add(rule: FaultRule): () => void
  clear(): void
  /** How often faults have befallen requests since the start. */
  readonly hits: number
  /**
   * What befalls this request: all delays that match, summed up, and the first other fault. Each
   * one that is returned counts for its rule's `times`.
   */
  take(target: FaultTarget): { delayMs: number; action: FaultAction | undefined }
}

/** An empty list of faults. */
export function createFaults(): Faults {
  let rules: { rule: FaultRule; left: number }[] = []
  let hits = 0

  const spend = (entry: { rule: FaultRule; left: number }) => {
    entry.left--
    hits++
    if (entry.left <= 0) rules = rules.filter((other) => other !== entry)
  }

  return {
    add(rule) {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    clear() {
      rules = []
    },
    get hits() {
      return hits
    },
    take(target) {
      let delayMs = 0
      let action: FaultAction | undefined
      for (const entry of rules.filter(({ rule }) => applies(rule, target))) {
        if (entry.rule.action.kind === 'delay') delayMs += entry.rule.action.ms
        else if (action) continue
        else action = entry.rule.action
        spend(entry)
      }
      return { delayMs, action }
    },
  }
}

function applies(rule: FaultRule, target: FaultTarget): boolean {
  return (
    matches(rule.operation, target.operation) &&
    matches(rule.bucket, target.bucket) &&
    matches(rule.key, target.key)
  )
}

function matches(match: Match | undefined, value: string | undefined): boolean {
  if (match === undefined) return true
  if (value === undefined) return false
  return typeof match === 'string' ? match === value : match(value)
}
