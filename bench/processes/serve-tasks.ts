/** What a worker process tells: that it is there, or what became of its task. */
export type WorkerMessage = { ready: true } | { result: unknown } | { error: string }

/**
 * Makes this process a worker: it does one task after the other for the process that started it,
 * and ends with it.
 */
export function serveTasks<T, R>(run: (task: T) => Promise<R>): void {
  const tell = (message: WorkerMessage) => process.send?.(message)
  process.on('message', (task: T) => {
    run(task).then(
      (result) => tell({ result }),
      (error: unknown) => tell({ error: error instanceof Error ? `${error.stack}` : `${error}` }),
    )
  })
  process.once('disconnect', () => process.exit())
  tell({ ready: true })
}
