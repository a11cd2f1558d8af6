import { spawnSync } from 'node:child_process'

/**
 * Moves this process, and the processes it starts from now on, to the processors `cpus`.
 * @throws when taskset is missing or refuses
 */
export function pinSelf(cpus: string): void {
  const { error, status, stderr } = spawnSync('taskset', ['-acp', cpus, String(process.pid)])
  if (error || status !== 0) {
    throw new Error(`taskset (of util-linux) is needed: ${error?.message ?? stderr}`)
  }
}
