/** One object event: which bucket, which key, and whether something went. */
interface ObjectEvent {
  bucket: string
  /** Decoded. */
  key: string
  removed: boolean
}

/** What arrives, is answered for and is redelivered as a whole. */
export interface Message {
  id: string
  events: ObjectEvent[]
  /** Records that are none of our business, for the log. */
  ignored: string[]
  /** Why the message cannot be understood; it has no events then. */
  fault?: string
}

type Json = Readonly<Record<string, unknown>>

const eventForms: readonly [RegExp, boolean][] = [
  [/^(s3:)?ObjectCreated:/, false],
  [/^(s3:)?ObjectRemoved:/, true],
  [/^(s3:)?LifecycleExpiration:/, true],
]

/** The messages of an SQS event, or undefined when `event` is none. */
export function queueMessages(event: unknown): Message[] | undefined {
  const records = recordsOf(event)
  if (!records?.length || !records.every((record) => record.eventSource === 'aws:sqs')) return
  return records.map(({ messageId, body }) => parseBody(String(messageId), body))
}

/**
 * One message from an S3 notification: `{ Records: […] }`, or the test event that S3 sends when
 * notifications are set up.
 */
export function notification(id: string, value: unknown): Message {
  const message: Message = { id, events: [], ignored: [] }
  if (isObject(value) && value.Event === 's3:TestEvent') return message
  const records = recordsOf(value)
  if (!records) return { ...message, fault: 'not an S3 notification' }
  try {
    for (const record of records) readRecord(record, message)
    return message
  } catch (error) {
    return { id, events: [], ignored: [], fault: (error as Error).message }
  }
}

function parseBody(id: string, body: unknown): Message {
  try {
    return notification(id, JSON.parse(String(body)))
  } catch {
    return { id, events: [], ignored: [], fault: 'not JSON' }
  }
}

function readRecord(record: Json, message: Message): void {
  const name = String(record.eventName)
  const form = eventForms.find(([pattern]) => pattern.test(name))
  if (record.eventSource !== 'aws:s3' || !form) {
    message.ignored.push(`${record.eventSource} ${name}`)
    return
  }
  const s3 = isObject(record.s3) ? record.s3 : {}
  const bucket = isObject(s3.bucket) ? s3.bucket.name : undefined
  const key = isObject(s3.object) ? s3.object.key : undefined
  if (typeof bucket !== 'string' || typeof key !== 'string' || key === '') {
    throw new Error('a record without bucket or key')
  }
  message.events.push({ bucket, key: decodeKey(key), removed: form[1] })
}

/** S3 writes keys into events as HTML forms do: `red+flower%2B.jpg` is `red flower+.jpg`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw new Error(`a key that is not form-encoded: ${key}`)
  }
}

function recordsOf(value: unknown): Json[] | undefined {
  const records = isObject(value) ? value.Records : undefined
  return Array.isArray(records) && records.every(isObject) ? records : undefined
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
