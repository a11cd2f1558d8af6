import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is there until this process ends, or until it is removed before that. */
export interface TemporaryFolder {
  path: string
  remove(): void
}

/**
 * Makes an empty folder for temporary files that the end of this process takes away; signals do as
 * far as they end it by an exit, as `exitOnSignals` has them.
 * @param name what its own name begins with
 */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`))
  const remove = () => {
    process.off('exit', remove)
    // Somebody may be writing to it still while the process exits.
    rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', remove)
  return { path, remove }
}
