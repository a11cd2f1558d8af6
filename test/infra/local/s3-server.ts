import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import type { Test } from 'tap'
import type { Bucket } from '../../../infra/local/bucket.ts'
import { createFaults } from '../../../infra/local/faults.ts'
import { openBucket } from '../../../infra/local/open-bucket.ts'
import { createS3 } from '../../../infra/local/s3.ts'
import { serve } from './http.ts'

/** A line of the log. */
interface LogLine {
  details: Record<string, unknown>
  message: string
}

/** A log that keeps its lines. */
export function createLog() {
  const lines: LogLine[] = []
  return {
    lines,
    warn(details: object, message: string) {
      lines.push({ details: details as Record<string, unknown>, message })
    },
  }
}

/** A folder that is gone when the test ends. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rightsize-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Opens a bucket that is closed when the test ends. */
export async function bucketIn(
  t: Test,
  folder: string,
  name = 'origin',
  options: Parameters<typeof openBucket>[2] = {},
): Promise<Bucket> {
  const bucket = await openBucket(folder, name, { settleMs: 20, ...options })
  t.teardown(() => bucket.close())
  return bucket
}

/** A client of the real SDK with its default settings. */
function clientOf(t: Test, base: URL): S3Client {
  const client = new S3Client({
    endpoint: base.href,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  })
  t.teardown(() => client.destroy())
  return client
}

/** The laptop's S3 with the buckets `origin` and `original`, and a client of it. */
export async function startS3(t: Test, folder?: string) {
  const data = folder ?? (await temporaryFolder(t))
  const log = createLog()
  const origin = await bucketIn(t, data, 'origin', { log })
  const original = await bucketIn(t, data, 'original', { log })
  const faults = createFaults()
  const base = await serve(t, createS3({ buckets: [origin, original], faults, log }))
  return { data, origin, original, faults, base, log, client: clientOf(t, base) }
}
