import { whenOrphaned } from '../infra/local/orphaned.ts'

/**
 * Has this process end by an exit, which ends what was started, when whoever called it ends it or
 * has gone: by itself, one would leave it or end it with the trace of an error.
 */
export function endWithCaller(): void {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  // What the terminal sends that is closed.
  process.once('SIGHUP', () => process.exit(129))
  whenOrphaned(process.env, () => process.exit(143))
  // As the shell tells of those that nobody reads any more, such as behind `head`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(141)
    })
  }
}
