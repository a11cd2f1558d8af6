import { randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { drawing, photo, portrait, printed, transparent } from './sample-pictures.ts'

/** The first is the one that the documentation asks for, and the quickest to make. */
const samples: readonly (readonly [path: string, make: () => Promise<Buffer>])[] = [
  ['x.png', drawing],
  ['badge.png', transparent],
  ['summer trip/Stra\u00dfe & Caf\u00e9 (1).png', drawing],
  ['print.jpg', printed],
  ['portrait.jpg', portrait],
  ['photo.jpg', photo],
]

/**
 * Writes the sample originals that are missing, each whole or not at all, and leaves alone what is
 * there. Each is made beside its place, which may be on a disk of its own, under a name that is no
 * key's, so that who watches it never sees half of one.
 * @param directory the folder that is the bucket of the originals; made where it is missing
 * @param prefix the folder below it that the samples lie in, as the service has its prefixes
 * @param count how many of the samples, from the first; all unless told
 * @returns the keys that were written, in order
 * @throws an error of the file system
 */
export async function makeSamples(
  directory: string,
  prefix: string,
  count = samples.length,
): Promise<string[]> {
  const bucket = resolve(directory)
  await mkdir(bucket, { recursive: true })
  const missing = await missingOf(bucket, prefix, samples.slice(0, count))
  for (const { make, file } of missing) {
    const picture = await make()
    await mkdir(dirname(file), { recursive: true })
    const made = join(dirname(file), `.%sample-${randomUUID()}`)
    try {
      await writeFile(made, picture)
      await rename(made, file)
    } finally {
      await rm(made, { force: true })
    }
  }
  return missing.map(({ key }) => key)
}

async function missingOf(bucket: string, prefix: string, wanted: typeof samples) {
  const all = wanted.map(([path, make]) => {
    const key = prefix + path
    return { key, make, file: join(bucket, key) }
  })
  const there = await Promise.all(all.map(({ file }) => exists(file)))
  return all.filter((_, at) => !there[at])
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
