import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BucketChange, ChangeListener, ObjectInfo } from '../bucket.ts'
import { fileIdentity } from './file-identity.ts'
import type { FileNames } from './file-names.ts'
import { createFolderWatchers } from './folder-watchers.ts'
import type { Log } from './log.ts'
import type { Located } from './object-files.ts'
import { createSuspects } from './suspects.ts'
import { openToldLog, type ToldLog } from './told-log.ts'
import type { Tree } from './tree.ts'

/** Finds the changes of a bucket and tells them. */
export interface Changes {
  onChange(listener: ChangeListener): () => void
  /** A writer put `info` there; its file has this identity. */
  created(info: ObjectInfo, file: string): void
  /** A writer removed the object. */
  removed(key: string): void
  close(): Promise<void>
}

/** What `createChanges` looks at. */
export interface ChangeSources {
  tree: Tree
  names: FileNames
  locate(key: string): Located | undefined
  describe(key: string, located: Located): Promise<ObjectInfo>
}

/** When changes by hand are looked for; milliseconds. */
export interface ChangeTimes {
  /** How long a file must keep still to count as complete. */
  settleMs: number
  /** The least time between two walks over everything, which find what watching missed. */
  rescanMs: number
}

/** The part of its time that a rescan may take: in a large bucket they become rare. */
const rescanShare = 1 / 50

/** Stands for the identity of a removed file. */
const nothing = ''

/** Nothing is watched, and nothing counts as told, before the first listener. */
export function createChanges(
  sources: ChangeSources,
  options: { logPath: string; log: Log } & ChangeTimes,
): Changes {
  const { log, settleMs } = options
  const listeners = new Set<ChangeListener>()
  const telling = new Map<string, string>()
  const running = new Set<Promise<unknown>>()
  const watchers = createFolderWatchers(onEvent, log)
  const suspects = createSuspects(check, settleMs)
  let record: ToldLog | undefined
  let started: Promise<void> | undefined
  let closed = false
  let rescanTimer: NodeJS.Timeout | undefined

  async function start(): Promise<void> {
    try {
      record = await openToldLog(options.logPath, log)
    } catch (error) {
      log.warn({ path: options.logPath, error: String(error) }, 'changes by hand are not told of')
      return
    }
    if (!closed) await rescan()
  }

  async function rescan(): Promise<void> {
    const begun = Date.now()
    await scan('').catch((error) => {
      log.warn({ error: String(error) }, 'a rescan of the bucket failed')
    })
    const pauseMs = Math.max(options.rescanMs, (Date.now() - begun) / rescanShare)
    if (!closed) rescanTimer = setTimeout(() => track(rescan()), pauseMs).unref()
  }

  /** Suspects every file below `prefix` that is another than told, and every told one not met. */
  async function scan(prefix: string): Promise<void> {
    const told = (record as ToldLog).told
    const missed = new Set([...told.keys()].filter((key) => key.startsWith(prefix)))
    const unreadable = (path: string, error: unknown) => {
      log.warn({ path, error: String(error) }, 'a folder cannot be read')
    }
    const look = async (key: string, path: string) => {
      missed.delete(key)
      const stats = await stat(path).catch(() => undefined)
      if (!stats || fileIdentity(stats) !== told.get(key)?.file) suspects.add(key)
    }
    let looks: Promise<void>[] = []
    const walk = { prefix, onFolder: watchers.ensure, onUnreadable: unreadable }
    for await (const file of sources.tree.walk(walk)) {
      looks.push(look(file.key, file.path))
      if (looks.length < 256) continue
      await Promise.all(looks)
      looks = []
      if (closed) return
    }
    await Promise.all(looks)
    for (const key of missed) suspects.add(key)
  }

  function onEvent(folder: { path: string; prefix: string }, name: string | null): void {
    const named = name === null ? undefined : sources.names.segmentOf(name)
    if (named && record && !closed) {
      track(lookAt(join(folder.path, name as string), folder.prefix + named.segment))
    }
  }

  async function lookAt(path: string, key: string): Promise<void> {
    const stats = await stat(path).catch(() => undefined)
    // A file may have been where a folder is now, and the other way round.
    suspects.add(key)
    if (stats?.isDirectory() || watchers.drop(`${key}/`)) return scan(`${key}/`)
  }

  /** Compares what is under `key` with what was told, and tells the difference. */
  async function check(key: string, seen: string | undefined): Promise<void> {
    try {
      const told = record?.told.get(key)
      const located = sources.locate(key)
      if (!located) {
        if (told && telling.get(key) !== nothing)
          await tell({ type: 'removed', key, bytes: 0, etag: told.etag }, undefined)
        return
      }
      const file = fileIdentity(located.stats)
      if (file === told?.file || file === telling.get(key)) return
      const isFresh = Math.abs(Date.now() - located.stats.mtimeMs) < settleMs
      if (isFresh && file !== seen) return suspects.addLater(key, file)
      const { bytes, etag } = await sources.describe(key, located)
      await tell({ type: 'created', key, bytes, etag }, file)
    } catch (error) {
      log.warn({ key, error: String(error) }, 'a change could not be looked at')
    }
  }

  async function tell(change: BucketChange, file: string | undefined): Promise<void> {
    if (listeners.size === 0) return
    telling.set(change.key, file ?? nothing)
    // Who hears of it may act on it, and fail all the same: then its removal must be told, too.
    if (!record?.told.has(change.key)) record?.set(change.key, { file: nothing, etag: '' })
    try {
      await Promise.all([...listeners].map(async (listener) => listener(change)))
      if (file === undefined) record?.delete(change.key)
      else record?.set(change.key, { file, etag: change.etag })
    } catch (error) {
      log.warn({ ...change, error: String(error) }, 'a listener failed; it will be told again')
    } finally {
      if (telling.get(change.key) === (file ?? nothing)) telling.delete(change.key)
    }
  }

  function track(task: Promise<unknown>): void {
    const tracked = task
      .catch((error) => log.warn({ error: String(error) }, 'changes could not be looked for'))
      .finally(() => running.delete(tracked))
    running.add(tracked)
  }

  return {
    onChange(listener) {
      listeners.add(listener)
      started ??= start()
      return () => {
        listeners.delete(listener)
      }
    },
    created({ key, bytes, etag }, file) {
      if (listeners.size > 0) track(tell({ type: 'created', key, bytes, etag }, file))
    },
    removed(key) {
      if (listeners.size === 0) return
      const etag = record?.told.get(key)?.etag ?? ''
      track(tell({ type: 'removed', key, bytes: 0, etag }, undefined))
    },
    async close() {
      closed = true
      clearTimeout(rescanTimer)
      suspects.close()
      watchers.close()
      await started
      await Promise.allSettled([...running, suspects.idle()])
      await record?.close()
    },
  }
}
