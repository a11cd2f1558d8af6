import { listen } from '../../infra/local/listener.ts'
import { openBucket } from '../../infra/local/open-bucket.ts'
import { createS3 } from '../../infra/local/s3.ts'
import { serveTasks } from './serve-tasks.ts'

/** Open the bucket `bucket` in the folder `data`, or tell the calls since one asked last. */
export type StoreTask = { open: { data: string; bucket: string } } | { calls: true }

/** Calls by method: `GET`, `HEAD`, `PUT`, `DELETE`. */
export type StoreCalls = Readonly<Record<string, number>>

let calls: Record<string, number> = {}

serveTasks<StoreTask, { port: number } | StoreCalls>(async (task) => {
  if ('calls' in task) {
    const counted = calls
    calls = {}
    return counted
  }
  const s3 = createS3({ buckets: [await openBucket(task.open.data, task.open.bucket)] })
  const { port } = await listen(
    (request, response) => {
      const method = request.method as string
      calls[method] = (calls[method] ?? 0) + 1
      s3(request, response)
    },
    { host: '127.0.0.1', port: 0, setting: 'port' },
  )
  return { port }
})
