import { readFile } from 'node:fs/promises'
import { createBuffers } from '../../service/buffers.ts'
import type { Dimensions } from '../../service/dimensions.ts'
import { serviceClients } from '../../service/service-clients.ts'
import { type Summary, summarize } from '../report/statistics.ts'
import { bucket } from '../site.ts'
import { rawResize } from './raw-resize.ts'
import { serveTasks } from './serve-tasks.ts'

/** Calls of one kind, one after the other, by the service's own store. */
export interface CallsTask {
  s3Port: number
  call: 'get' | 'head' | 'put'
  /** With `{n}`, for which `first` and those behind it are put. */
  key: string
  first: number
  count: number
  /** Of what is put. */
  bytes: number
  /**
   * A picture that is resized before each call, as in the service, where S3 and its caller have
   * slept through a resize and find their caches full of pixels. It does not count.
   */
  between?: Dimensions & { file: string }
}

/** What they took. */
export interface CallsResult {
  milliseconds: Summary
}

/** Room for one original. */
const maxIdleBytes = 64 * 1024 * 1024

const attributes = {
  contentType: 'image/jpeg',
  cacheControl: 'public, max-age=604800',
  metadata: { 'source-etag': '"00000000000000000000000000000000"', pipeline: '1' },
}

serveTasks<CallsTask, CallsResult>(async (task) => {
  const { s3Port, call, key, first, count, bytes, between } = task
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${s3Port}`
  const { s3, storeOf } = serviceClients({ pathStyle: true, maxConnections: 4 })
  const store = storeOf(bucket)
  const body = Buffer.alloc(bytes, 7)
  const buffers = createBuffers(maxIdleBytes)
  const calls = {
    get: async (name: string) => {
      buffers.give((await store.get(name, { allocate: buffers.take })).body)
    },
    head: (name: string) => store.head(name),
    put: (name: string) => store.put(name, body, attributes, { ifAbsent: true }),
  }
  const picture = between && (await readFile(between.file))
  const durations: number[] = []
  for (let n = first; n < first + count; n++) {
    if (picture && between) await rawResize(picture, between)
    const start = performance.now()
    await calls[call](key.replace('{n}', String(n)))
    durations.push(performance.now() - start)
  }
  s3.destroy()
  return { milliseconds: summarize(durations) }
})
