import { createHash, randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes that lie complete in a temporary file. */
export interface Staged {
  path: string
  stats: Stats
  /** MD5 in hexadecimal digits; undefined when none was asked for. */
  md5: string | undefined
}

const batchBytes = 512 * 1024

/**
 * Writes `body` to a new temporary file in `directory`.
 * @throws what `body` throws, or an error of the file system; the file is gone then
 */
export async function stage(
  directory: string,
  body: Buffer | AsyncIterable<Buffer>,
  options: { md5: boolean },
): Promise<Staged> {
  const path = join(directory, randomUUID())
  const file = await open(path, 'wx').catch(async (error) => {
    if (error.code !== 'ENOENT') throw error
    await mkdir(directory, { recursive: true })
    return open(path, 'wx')
  })
  try {
    const hash = options.md5 ? createHash('md5') : undefined
    let bytes = 0
    for await (const chunks of batches(body)) {
      for (const chunk of chunks) {
        hash?.update(chunk)
        bytes += chunk.length
      }
      await file.writev(chunks)
    }
    const stats = await file.stat()
    await file.close()
    if (stats.size !== bytes) throw new Error(`Only ${stats.size} of ${bytes} bytes were written.`)
    return { path, stats, md5: hash?.digest('hex') }
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    throw error
  }
}

/** One system call for many chunks of a socket: they are 64 kB each at most. */
async function* batches(body: Buffer | AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  if (Buffer.isBuffer(body)) {
    if (body.length > 0) yield [body]
    return
  }
  let chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes < batchBytes) continue
    yield chunks
    chunks = []
    bytes = 0
  }
  if (chunks.length > 0) yield chunks
}
