import { spawnSync } from 'node:child_process'

const attempts = 5

/**
 * Moves this process, and the processes it starts from now on, to the processors `cpus`.
 * @throws when taskset is missing or refuses
 */
export function pinSelf(cpus: string): void {
  for (let attempt = 1; ; attempt++) {
    const { error, status, stderr } = spawnSync('taskset', ['-acp', cpus, String(process.pid)])
    if (!error && status === 0) return
    // A thread that ends between taskset's look at the list and at itself has it give up.
    if (attempt < attempts && /No such process/.test(String(stderr))) continue
    throw new Error(`taskset (of util-linux) is needed: ${error?.message ?? stderr}`)
  }
}
