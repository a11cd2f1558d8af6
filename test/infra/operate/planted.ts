import type { Bucket } from '../../../infra/local/bucket.ts'
import type { Fault } from '../../../infra/operate/fault.ts'
import { metadataNames, pipelineVersion } from '../../../service/provenance.ts'

/** What was planted: the keys at fault. */
export type Planted = Map<string, Fault>

const cacheControl = 'public, max-age=60'
const contentType = 'image/png'

/**
 * Fills a bucket with originals `img/<folder>/<n>.png` and a variant of each in every one of
 * `folders`, a few of them at fault: every 100th original is missing, the variants of every 70th
 * are stale, those of every 110th are of another pipeline, those of every 130th say nothing, and
 * the folder `9x9` is outside the allowlist.
 */
export async function plant(
  bucket: Bucket,
  originals: number,
  folders: readonly string[],
): Promise<Planted> {
  const planted: Planted = new Map()
  const one = async (number: number) => {
    const path = `${number % 7 === 0 ? 'day é/' : ''}${number}.png`
    const original = `img/${path}`
    const { etag } = await bucket.write(original, Buffer.from(path), { contentType, cacheControl })
    const missing = number % 100 === 0
    if (missing) await bucket.remove(original)
    const stale = number % 70 === 0
    const pipeline = number % 110 === 0 ? '0' : pipelineVersion
    const metadata = {
      [metadataNames.source]: stale ? '"other"' : etag,
      [metadataNames.pipeline]: pipeline,
    }
    for (const folder of folders) {
      const key = `img/${folder}/${path}`
      const attributes = { contentType, cacheControl, metadata: number % 130 === 0 ? {} : metadata }
      await bucket.write(key, Buffer.from(key), attributes)
      if (missing) planted.set(key, 'orphaned')
      else if (stale || number % 110 === 0 || number % 130 === 0) planted.set(key, 'stale')
      else if (folder === '9x9') planted.set(key, 'outside the allowlist')
    }
  }
  const numbers = Array.from({ length: originals }, (_, index) => index + 1).values()
  const worker = async () => {
    for (const number of numbers) await one(number)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return planted
}
