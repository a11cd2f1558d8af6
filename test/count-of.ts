import { wholeNumber } from '../bench/arguments.ts'
import type { Environment } from '../service/settings.ts'

/**
 * What the variable `name` says, such as how often a test tries; `fallback` where it is not set. Taken
 * for a number unread, -1 and "a million" would be no trial at all, which nothing fails.
 * @throws Error that says what is allowed
 */
export function countOf(
  name: string,
  fallback: number,
  environment: Environment = process.env,
): number {
  return wholeNumber(name, environment[name]?.trim() || String(fallback))
}
