import { createHash } from 'node:crypto'
import pino, { type Logger } from 'pino'
import sharp, { type Sharp } from 'sharp'
import { type App, buildApp } from '../service/app.ts'
import type { Cdn } from '../service/cdn.ts'
import { type Config, readConfig } from '../service/config.ts'
import { mediaType, sniff } from '../service/formats.ts'
import {
  type ObjectAttributes,
  type ObjectHead,
  type ObjectStore,
  type ReadOptions,
  type StoredObject,
  StoreError,
  type WriteCondition,
} from '../service/store.ts'

/** A bucket in memory that can be looked into. */
export interface MemoryStore extends ObjectStore {
  objects: Map<string, StoredObject>
  /** The calls so far, such as `get img/x.png`. */
  calls: string[]
  /** Stores an original as an upload would. */
  upload(key: string, body: Buffer): void
}

/** A bucket in memory, with S3's conditions. */
export function memoryStore(): MemoryStore {
  const objects = new Map<string, StoredObject>()
  const calls: string[] = []

  const check = (key: string, condition: WriteCondition | undefined) => {
    const present = objects.get(key)
    if (!condition) return
    const holds = 'ifAbsent' in condition ? !present : present?.etag === condition.ifMatch
    if (!holds) throw new StoreError('condition', key)
  }

  const write = (key: string, body: Buffer, attributes: ObjectAttributes) => {
    // A bucket keeps what it was given, whatever becomes of the buffer.
    const object = { ...attributes, body: Buffer.from(body), bytes: body.length, etag: md5(body) }
    objects.set(key, object)
    return object
  }

  return {
    objects,
    calls,
    upload: (key, body) => {
      const format = sniff(body)
      const contentType = format ? mediaType(format) : 'application/octet-stream'
      write(key, body, { contentType, cacheControl: 'public', metadata: {} })
    },
    get: async (key: string, { maxBytes = Infinity, reserve, signal }: ReadOptions = {}) => {
      calls.push(`get ${key}`)
      signal?.throwIfAborted()
      const object = objects.get(key)
      if (!object) throw new StoreError('missing', key)
      if (object.bytes > maxBytes) throw new StoreError('too-large', key)
      await reserve?.(object.bytes)
      return object
    },
    head: async (key: string): Promise<ObjectHead | undefined> => {
      calls.push(`head ${key}`)
      return objects.get(key)
    },
    put: async (key, body, attributes, condition) => {
      calls.push(`put ${key}`)
      check(key, condition)
      return { etag: write(key, body, attributes).etag }
    },
    remove: async (key, { ifMatch } = {}) => {
      calls.push(`remove ${key}`)
      if (ifMatch !== undefined && objects.has(key)) check(key, { ifMatch })
      objects.delete(key)
    },
  }
}

/** A cache that notes the invalidations it is asked for. */
export function recordingCdn(): Cdn & { invalidated: string[][] } {
  const invalidated: string[][] = []
  return {
    invalidated,
    createInvalidation: async (items) => {
      invalidated.push([...items])
    },
  }
}

/** A configuration with `env` over what a test needs. */
export function testConfig(env: Record<string, string> = {}): Config {
  return readConfig({ BUCKET: 'origin', CF_DistributionId: 'E1', ...env }, 2, 2 ** 31)
}

/** A logger and the lines it was given. */
export function recordingLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => {
    lines.push(JSON.parse(line) as Record<string, unknown>)
  }
  return { logger: pino({}, { write }), lines }
}

/** An app over plain-object fakes, each of which may be given. */
export function testApp(
  parts: {
    env?: Record<string, string>
    store?: ObjectStore
    cdn?: Cdn | undefined
    logger?: Logger
  } = {},
): App & { store: ObjectStore } {
  const { env, store = memoryStore(), logger = pino({ level: 'silent' }) } = parts
  const cdn = 'cdn' in parts ? parts.cdn : recordingCdn()
  return { ...buildApp({ config: testConfig(env), store, cdn, logger }), store }
}

/** A picture of one colour, ready to be encoded. */
export function picture(width: number, height: number, background = '#3a7'): Sharp {
  return sharp({ create: { width, height, channels: 3, background } })
}

/** An entity tag as S3 makes it for an object that was put whole. */
export function md5(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

/** Lets all go on that waits for nothing but promises; no timer goes off meanwhile. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** Lets all go on that waits for the next turns of the event loop as well, but for no timer. */
export async function settleTurns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate)
}
