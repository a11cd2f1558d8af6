import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCopy } from './copy-beside.ts'

/** What an upload leaves behind when the process is killed is taken away after that long. */
const leftoverMs = 60 * 60 * 1000

/**
 * The folder for files on their way into the bucket at `root`. They get there by rename, so it must
 * be on the same file system: within the bucket, under a name that is no key's, when the bucket's
 * folder is a mount or a link to another one. For folders in the bucket that are, see `copyBeside`.
 */
export async function prepareTemporary(root: string, stateDirectory: string): Promise<string> {
  const together = (await stat(root)).dev === (await stat(stateDirectory)).dev
  const temporary = together ? join(stateDirectory, 'tmp') : join(root, '.%tmp')
  await mkdir(temporary, { recursive: true })
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name)
    const stats = await lstat(path).catch(() => undefined)
    if (!stats || Date.now() - stats.mtimeMs <= leftoverMs) continue
    if (stats.isSymbolicLink()) await removeCopy(path)
    await rm(path, { force: true })
  }
  return temporary
}
