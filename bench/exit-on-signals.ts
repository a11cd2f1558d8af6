/** Has signals end this process by an exit, which ends what was started; by itself one would leave it. */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  // What the terminal sends that is closed.
  process.once('SIGHUP', () => process.exit(129))
}
