import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction, Faults, FaultTarget } from './faults.ts'

/** An error of the API that a fault asks for; the API answers it in its own form. */
export interface FaultError {
  status: number
  code: string
  message: string
}

/**
 * Lets the faults of `target` befall its answer.
 * @returns `answer`: go on (the answer may be spoilt on its way out); `drop`: do nothing more; or
 *   the error to answer with
 */
export async function befall(
  faults: Faults | undefined,
  target: FaultTarget,
  res: ServerResponse,
): Promise<'answer' | 'drop' | FaultError> {
  if (!faults) return 'answer'
  const { delayMs, action } = faults.take(target)
  if (delayMs > 0) await sleep(delayMs)
  if (!action || action.kind === 'delay') return 'answer'
  if (action.kind === 'error') {
    return { status: action.status, code: action.code, message: action.message ?? action.code }
  }
  if (action.kind === 'hang') return 'drop'
  if (action.kind === 'reset') {
    res.socket?.resetAndDestroy()
    return 'drop'
  }
  spoil(res, action.kind)
  return 'answer'
}

type Spoiling = Exclude<FaultAction['kind'], 'delay' | 'error' | 'hang' | 'reset'>

/** Makes `res` break off where `kind` says, whatever is written to it. */
function spoil(res: ServerResponse, kind: Spoiling): void {
  const write = res.write.bind(res) as (chunk: Uint8Array, done?: () => void) => boolean
  const end = res.end.bind(res) as () => ServerResponse
  const writeHead = res.writeHead.bind(res) as (status: number) => void
  let left: number | undefined
  let over = false

  // Headers that are given with the status leave at once: here they wait for the body, whose length
  // they tell.
  res.writeHead = (status: number, headers: unknown = {}) => {
    res.statusCode = status
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) res.setHeader(name, value)
    }
    return res
  }

  const begin = () => {
    if (left !== undefined) return
    const whole = Number(res.getHeader('content-length') ?? 0)
    left = Math.floor(whole / 2)
    if (kind === 'lose-answer') {
      res.socket?.resetAndDestroy()
      return
    }
    if (kind === 'shorten') res.setHeader('content-length', left)
    writeHead(res.statusCode)
  }
  const finish = () => {
    if (over) return
    over = true
    if (kind === 'shorten') end()
    if (kind === 'truncate') res.socket?.end()
    if (kind === 'reset-mid-body') res.socket?.resetAndDestroy()
  }
  const pass = (chunk: unknown, done: () => void = () => undefined): void => {
    begin()
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
    const part = bytes.subarray(0, left)
    left = (left as number) - part.length
    if (over || res.destroyed) return
    // Who is told that the bytes are out may use their memory for others.
    if (left > 0) write(part, done)
    // What was kept back goes only when these bytes are out: a reset discards what is buffered.
    else {
      write(part, () => {
        done()
        setImmediate(finish)
      })
    }
  }

  res.write = (chunk: unknown, ...rest: unknown[]) => {
    pass(chunk, rest.find((argument) => typeof argument === 'function') as (() => void) | undefined)
    return true
  }
  res.end = (chunk?: unknown) => {
    if (chunk !== undefined && typeof chunk !== 'function') pass(chunk)
    else {
      begin()
      finish()
    }
    return res
  }
}
