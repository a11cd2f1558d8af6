import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from './file-identity.ts'
import type { Log } from './log.ts'

/** The version of an object that listeners were told of last. */
interface Told {
  /** `fileIdentity` of its file. */
  file: string
  etag: string
}

/** Which objects listeners know, over restarts. */
export interface ToldLog {
  readonly told: ReadonlyMap<string, Told>
  set(key: string, told: Told): void
  delete(key: string): void
  /** Waits until everything is written down, and writes no more. */
  close(): Promise<void>
}

/** How long lines are collected. What a crash loses of them is told twice, which is allowed. */
const flushMs = 200

/** Superseded lines that make a log worth writing anew. */
const maxSuperseded = 10_000

type Line = [key: string, file: string, etag: string] | [key: string]

/** Reads the log at `path`, one JSON array a line, and goes on writing to it. */
export async function openToldLog(path: string, log: Log): Promise<ToldLog> {
  const { told, damaged, lines } = await load(path)
  if (damaged > 0) log.warn({ path, damaged }, 'damaged lines in the record of changes')
  let written = lines
  let pending: string[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = async () => {
    if (pending.length === 0 && Number.isFinite(written)) return
    const text = pending.join('')
    written += pending.length
    pending = []
    if (written > told.size * 2 + maxSuperseded) {
      await rewrite(path, told)
      written = told.size
    } else await appendFile(path, text)
  }
  const flushNow = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(flush).catch((error) => {
      // Lines are missing, or half there: the whole is written the next time.
      written = Number.POSITIVE_INFINITY
      log.warn({ path, error: String(error) }, 'the record of changes cannot be written')
    })
    return writing
  }
  const add = (line: Line) => {
    pending.push(`${JSON.stringify(line)}\n`)
    timer ??= setTimeout(flushNow, flushMs).unref()
  }

  await mkdir(dirname(path), { recursive: true })
  if (damaged > 0 || lines > told.size * 2 + maxSuperseded) {
    await rewrite(path, told)
    written = told.size
  }
  return {
    told,
    set(key, version) {
      told.set(key, version)
      add([key, version.file, version.etag])
    },
    delete(key) {
      if (told.delete(key)) add([key])
    },
    close: flushNow,
  }
}

async function load(path: string) {
  const told = new Map<string, Told>()
  let damaged = 0
  let lines = 0
  for (const text of (await readIfThere(path)).split('\n')) {
    if (text === '') continue
    lines++
    const line = parse(text)
    if (!line) damaged++
    else if (line.length === 1) told.delete(line[0])
    else told.set(line[0], { file: line[1], etag: line[2] })
  }
  return { told, damaged, lines }
}

function parse(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    if (!Array.isArray(line) || (line.length !== 1 && line.length !== 3)) return undefined
    return line.every((part) => typeof part === 'string') ? (line as Line) : undefined
  } catch {
    return undefined
  }
}

async function rewrite(path: string, told: Map<string, Told>): Promise<void> {
  const lines = [...told].map(([key, { file, etag }]) => `${JSON.stringify([key, file, etag])}\n`)
  await writeFile(`${path}.new`, lines.join(''))
  await rename(`${path}.new`, path)
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
