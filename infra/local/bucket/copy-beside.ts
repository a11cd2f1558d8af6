import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { copyFile, mkdir, readlink, realpath, rm, stat, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isMissing } from './file-identity.ts'

/** A copy on its way to its place. */
interface Copy {
  path: string
  stats: Stats
  /** Takes the copy away, unless it has been moved to its place, and what led to it. */
  end(): Promise<void>
}

/** No key has a file of such a name. */
const copyName = /^\.%copy-[0-9a-f-]{36}$/

/**
 * Copies the file at `path` into `folder`, where it can be moved to its place at once: from another
 * file system it could not. As long as there is a copy, a link in `temporary` leads to it, by which
 * `removeCopy` finds what a crash leaves behind.
 * @throws an error of the file system; the copy is gone then
 */
export async function copyBeside(path: string, folder: string, temporary: string): Promise<Copy> {
  const id = randomUUID()
  // Not by way of links, which others may turn to somewhere else.
  const copy = join(await realpath(folder), `.%copy-${id}`)
  const link = join(temporary, id)
  const end = async () => {
    await removeFile(copy)
    await rm(link, { force: true })
  }
  await mkdir(temporary, { recursive: true })
  try {
    await symlink(copy, link)
    await copyFile(path, copy, constants.COPYFILE_EXCL)
    return { path: copy, stats: await stat(copy), end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Takes away the copy that `link` leads to. */
export async function removeCopy(link: string): Promise<void> {
  const copy = await readlink(link)
  if (copyName.test(basename(copy))) await removeFile(copy)
}

/** Also gone is what lay in a folder whose place a file has now: `force` minds that. */
async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
