import { Writable } from 'node:stream'

/** What of a log line is shown by itself, or says nothing to somebody at a terminal. */
const ownPlace = ['level', 'time', 'pid', 'hostname', 'name', 'msg', 'key', 'reqId']

const dim = (text: string) => `\x1b[2m${text}\x1b[0m`
const bright = (text: string) => `\x1b[1;33m${text}\x1b[0m`

/** Pino's number of the level `warn`. */
const warnLevel = 40

/** A stream for JSON lines in front of a terminal. */
export interface LogLines extends Writable {
  /** Shows `text`, and then the lines that came before it and all that follow. */
  open(text: string): void
}

/**
 * Shows pino's lines in short, for reading. Lines below a warning wait until `open` is called, so
 * that what a human is to read first stands first.
 */
export function createLogLines(terminal: Pick<NodeJS.WritableStream, 'write'>): LogLines {
  let rest = ''
  let held: string[] | undefined = []
  const show = (line: string) => {
    const { text, urgent } = readable(line)
    if (held && !urgent) held.push(text)
    else terminal.write(text)
  }
  const stream = new Writable({
    write: (chunk, _, done) => {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) show(line)
      done()
    },
  })
  return Object.assign(stream, {
    open: (text: string) => {
      terminal.write(text)
      for (const line of held ?? []) terminal.write(line)
      held = undefined
    },
  })
}

/** A log line for a human; what is none is shown as it is, at once. */
function readable(line: string): { text: string; urgent: boolean } {
  const fields = fieldsOf(line)
  if (!fields) return { text: `${line}\n`, urgent: true }
  const { level, time, msg, key } = fields
  const urgent = typeof level === 'number' && level >= warnLevel
  const others = Object.entries(fields).filter(
    ([name, value]) => !ownPlace.includes(name) && value !== undefined,
  )
  const details = others.map(([name, value]) => `${name}=${inShort(value)}`).join(' ')
  const clock = new Date(Number(time)).toTimeString().slice(0, 8)
  const said = [urgent ? bright(String(msg)) : String(msg), key, details && dim(details)].filter(
    Boolean,
  )
  return { text: `${dim(clock)}  ${said.join('  ')}\n`, urgent }
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function inShort(value: unknown): string {
  if (typeof value === 'string') return /\s/.test(value) ? JSON.stringify(value) : value
  if (isError(value)) return JSON.stringify(value.message)
  return JSON.stringify(value)
}

function isError(value: unknown): value is { message: string } {
  return typeof value === 'object' && value !== null && 'message' in value
}
