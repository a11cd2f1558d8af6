import type { Bucket } from '../bucket.ts'
import type { Queue } from './queue.ts'
import { s3Event } from './s3-event.ts'

/**
 * Queues every change of `bucket` as S3's event notification. A change counts as told only when
 * the queue is done with it, so that one which was not comes again at the next start.
 * @returns ends it
 */
export function notifyOfChanges(
  bucket: Pick<Bucket, 'name' | 'onChange'>,
  queue: Pick<Queue, 'send'>,
): () => void {
  // Begins where no earlier process can have been.
  let sequence = Date.now() * 1000
  return bucket.onChange((change) => {
    sequence++
    const event = s3Event(bucket.name, change, { time: new Date(), sequence })
    return queue.send(JSON.stringify(event))
  })
}
