import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Bucket, ObjectAttributes, ObjectInfo } from '../../../infra/local/bucket.ts'

/** A bucket of given objects that can only be read. */
export function memoryBucket(
  objects: Record<string, { body: string | Buffer } & ObjectAttributes>,
): Pick<Bucket, 'name' | 'head' | 'read'> {
  const infoOf = (key: string): ObjectInfo | undefined => {
    const object = objects[key]
    if (!object) return undefined
    const { body, ...attributes } = object
    return {
      contentType: 'application/octet-stream',
      metadata: {},
      ...attributes,
      key,
      bytes: Buffer.byteLength(body),
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      lastModified: new Date('2026-01-02T03:04:05Z'),
    }
  }
  return {
    name: 'origin',
    head: async (key) => infoOf(key),
    read: async (key, range) => {
      const info = infoOf(key)
      if (!info) return undefined
      const whole = Buffer.from(objects[key]?.body ?? '')
      const part = range?.(info)
      const bytes = part ? whole.subarray(part.start, part.end + 1) : whole
      return { info, body: Readable.from([bytes]) }
    },
  }
}
