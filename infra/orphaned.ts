import type { Environment } from '../service/settings.ts'

const checkMs = 250

/**
 * Calls `stop` when npm's shell has gone. Told to end, npm ends its shell, which does not pass that
 * on to the program: without this, it would stay behind and keep its ports.
 */
export function whenOrphaned(environment: Environment, stop: () => void): void {
  if (environment.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const check = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(check)
    stop()
  }, checkMs)
  check.unref()
}
