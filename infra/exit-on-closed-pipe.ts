/** What a shell says of a process that SIGPIPE has ended; Node ignores that signal. */
export const closedPipeCode = 141

/** Has this process end quietly, by an exit, when whoever read its output has gone: `… | head -1`. */
export function exitOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) throw error
      process.exit(closedPipeCode)
    })
  }
}

/** Whether an error of an output says that nobody reads it any more. */
export function isClosedPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE'
}
