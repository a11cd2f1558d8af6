import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../bucket/file-identity.ts'
import { createLock } from '../bucket/locks.ts'
import { stage } from '../bucket/staging.ts'
import type { Bucket, ObjectAttributes } from '../bucket.ts'
import { s3Error } from './errors.ts'

/** An upload in parts that is neither complete nor aborted. */
export interface Upload {
  key: string
  attributes: ObjectAttributes
}

/** A part on the disk; its MD5 is in the file's name. */
export interface Part {
  number: number
  md5: string
  path: string
}

const uploadsOf = (bucket: Bucket) => join(bucket.stateDirectory, 'uploads')
const folderOf = (bucket: Bucket, id: string) => join(uploadsOf(bucket), id)

/** What changes the folder of an upload goes one after the other. */
const lock = createLock()

/** Begins an upload and returns its id. */
export async function createUpload(bucket: Bucket, upload: Upload): Promise<string> {
  const id = randomUUID()
  await mkdir(folderOf(bucket, id), { recursive: true })
  await writeFile(join(folderOf(bucket, id), 'upload.json'), JSON.stringify(upload))
  return id
}

/** The upload `id`, or undefined. */
export async function findUpload(bucket: Bucket, id: string): Promise<Upload | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return undefined
  try {
    return JSON.parse(await readFile(join(folderOf(bucket, id), 'upload.json'), 'utf8'))
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Writes a part, whole or not at all, in place of an earlier one of that number.
 * @throws S3Error NoSuchUpload, when it was completed or aborted meanwhile; what `chunks` throws
 */
export async function writePart(
  bucket: Bucket,
  id: string,
  number: number,
  chunks: AsyncIterable<Buffer>,
): Promise<Part> {
  // Not in the upload's folder, which would come anew when it goes meanwhile.
  const staged = await stage(uploadsOf(bucket), chunks, { md5: true })
  const md5 = staged.md5 as string
  const path = join(folderOf(bucket, id), `part-${number}-${md5}`)
  try {
    await lock(id, async () => {
      const earlier = (await partsOf(bucket, id)).filter((part) => part.number === number)
      await rename(staged.path, path)
      for (const part of earlier) {
        if (part.path !== path) await rm(part.path, { force: true })
      }
    })
  } catch (error) {
    await rm(staged.path, { force: true })
    throw isMissing(error) ? s3Error('NoSuchUpload') : error
  }
  return { number, md5, path }
}

/** The parts there are, in no order. */
export async function partsOf(bucket: Bucket, id: string): Promise<Part[]> {
  const folder = folderOf(bucket, id)
  return (await readdir(folder)).flatMap((name) => {
    const match = /^part-(\d+)-([0-9a-f]{32})$/.exec(name)
    if (!match) return []
    return [{ number: Number(match[1]), md5: match[2] as string, path: join(folder, name) }]
  })
}

/** The bytes of the parts, one behind the other. */
export async function* joined(parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* createReadStream(part.path, { highWaterMark: 512 * 1024 })
}

/** Takes away all that is left of an upload. */
export async function dropUpload(bucket: Bucket, id: string): Promise<void> {
  await lock(id, () => rm(folderOf(bucket, id), { recursive: true, force: true }))
}
