import { exitOnClosedPipe } from '../infra/exit-on-closed-pipe.ts'
import { whenOrphaned } from '../infra/orphaned.ts'

/**
 * Has signals, and the end of whoever reads the output, end this process by an exit, which ends what
 * was started; by themselves they would leave it.
 */
export function exitOnSignals(): void {
  exitOnClosedPipe()
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  // What the terminal sends that is closed.
  process.once('SIGHUP', () => process.exit(129))
  whenOrphaned(process.env, () => process.exit(143))
}
