import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'

/** A folder that is held. */
export interface FolderLock {
  release(): Promise<void>
}

const nothingHeld: FolderLock = { release: async () => undefined }

/**
 * Holds `directory`, which is made if it is not there, for one process.
 *
 * What is held is an abstract socket, named after the folder: the kernel takes it away with the
 * process, however that ends. Only Linux has them, and each container has its own; where there is
 * none, nothing is held.
 * @param other who else may hold it, and what to do then, for the one who reads the error
 * @throws an Error that names the folder, when another holds it
 */
export async function lockFolder(directory: string, other: string): Promise<FolderLock> {
  const name = await nameOf(directory)
  if (name === undefined || process.platform !== 'linux') return nothingHeld
  const holder = createServer((connection) => connection.destroy())
  try {
    await once(holder.listen(name), 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return nothingHeld
    throw new Error(`The folder ${directory} is in use by ${other}.`, { cause: error })
  }
  // It ends with the process, which it does not keep from ending.
  holder.unref()
  return {
    async release() {
      holder.close()
      await once(holder, 'close')
    },
  }
}

/** Undefined for a folder that cannot be made: whoever opens it says why. */
async function nameOf(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { recursive: true })
    // File systems give the number of a folder that went to the next one: the birth tells them apart.
    const { dev, ino, birthtimeNs } = await stat(directory, { bigint: true })
    return `\0rightsize-${dev}-${ino}-${birthtimeNs}`
  } catch {
    return undefined
  }
}
