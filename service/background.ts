/** Work that goes on behind the answers and is finished before the process ends. */
export interface Background {
  /** Tasks under way. */
  readonly size: number
  /** Keeps hold of `task`, which must not reject. */
  track(task: Promise<void>): void
  /** Resolves when no task is under way, those included that began meanwhile. */
  idle(): Promise<void>
}

/** A `Background` with nothing under way. */
export function createBackground(): Background {
  const tasks = new Set<Promise<void>>()
  return {
    get size() {
      return tasks.size
    },
    track: (task) => {
      tasks.add(task)
      void task.finally(() => tasks.delete(task))
    },
    idle: async () => {
      while (tasks.size > 0) await Promise.all(tasks)
    },
  }
}
