import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileIdentity } from '../infra/local/bucket/file-identity.ts'
import { silent } from '../infra/local/bucket/log.ts'
import { createSidecars, type Version } from '../infra/local/bucket/sidecars.ts'

/** One picture under as many names as are asked for. */
export interface Series {
  /** Name of an original with `{n}` for its number, such as `photo-12mp-{n}.jpg`. */
  template: string
  /** Makes sure that there are `count` originals. */
  grow(count: number): Promise<void>
}

/** The origin bucket of the benchmark, with a series of the picture that is measured. */
export interface Site extends Series {
  /** The folder of the laptop's S3. */
  data: string
  /** The folder of the originals, for servers that read from the file system. */
  originals: string
  /** Adds a series of another picture. */
  addSeries(picture: string): Promise<Series>
  /** Variants that are stored. */
  countVariants(variant: string): Promise<number>
  remove(): Promise<void>
}

/** The bucket of the benchmark. */
export const bucket = 'origin'

/** Links made at once. */
const batch = 64

/** ext4 allows 65,000. */
const mostLinks = 32_000

/**
 * Makes an empty site of `picture` in `data`. The originals are hard links to few files, and the
 * laptop's S3 is told their entity tag, so that it does not spend the measurement hashing them.
 * @param linksPerFile originals that are links to one file
 */
export async function createSite(
  data: string,
  picture: string,
  linksPerFile = mostLinks,
): Promise<Site> {
  await rm(data, { recursive: true, force: true })
  const originals = join(data, bucket, 'img')
  await mkdir(originals, { recursive: true })
  const sidecars = createSidecars(join(data, '.objects', bucket, 'sidecars'), silent)

  const addSeries = async (picture: string): Promise<Series> => {
    const extension = extname(picture)
    const name = basename(picture, extension)
    const md5 = createHash('md5')
      .update(await readFile(picture))
      .digest('hex')
    let made = 0
    let version: Version
    const linked = join(data, basename(picture))
    const renew = async () => {
      // What is linked to the old one keeps it.
      await rm(linked, { force: true })
      await copyFile(picture, linked)
      // A file that has just been changed would be hashed when it is read.
      const { atime, mtime } = await stat(picture)
      await utimes(linked, atime, mtime)
      version = { file: fileIdentity(await stat(linked)), etag: `"${md5}"`, md5 }
    }
    const add = async (n: number) => {
      const file = `${name}-${n}${extension}`
      await link(linked, join(originals, file))
      await sidecars.save(`img/${file}`, [version])
    }
    return {
      template: `${name}-{n}${extension}`,
      grow: async (count) => {
        while (made < count) {
          const links = made % linksPerFile
          if (links === 0) await renew()
          const next = Math.min(count, made + batch, made - links + linksPerFile)
          await Promise.all(Array.from({ length: next - made }, (_, at) => add(made + at)))
          made = next
        }
      },
    }
  }

  return {
    ...(await addSeries(picture)),
    data,
    originals,
    addSeries,
    countVariants: async (variant) => {
      const files = await readdir(join(originals, variant)).catch(() => [])
      return files.length
    },
    remove: () => rm(data, { recursive: true, force: true }),
  }
}
