/**
 * Where the command tells what it finds and how far it is. Once the command shall end, the first
 * two throw the reason: what is done is told, and nothing more is begun.
 */
export interface Output {
  /** Tells one result: the document with `--json`, the text otherwise. */
  tell(document: Record<string, unknown>, text: string): void
  /** Shows how far it is, on a terminal; without a bar where `total` is not known. */
  progress(done: number, total: number | undefined, what: string): void
  /** Takes the bar away. */
  finish(): void
}

/** What of a stream is written to. */
interface Writable {
  write(text: string): unknown
  isTTY?: boolean | undefined
}

const barWidth = 30

/** Milliseconds between two drawings of the bar. */
const redrawMs = 100

/**
 * Results go to `out`, the bar to `err` where that is a terminal.
 * @param end is aborted when the command shall end
 */
export function createOutput(
  json: boolean,
  out: Writable,
  err: Writable,
  end?: AbortSignal,
): Output {
  let drawn = Number.NEGATIVE_INFINITY
  const clear = () => {
    if (err.isTTY && drawn > 0) err.write('\r\x1b[K')
  }
  return {
    tell: (document, text) => {
      clear()
      out.write(`${json ? JSON.stringify(document) : text}\n`)
      end?.throwIfAborted()
    },
    progress: (done, total, what) => {
      end?.throwIfAborted()
      const now = performance.now()
      if (!err.isTTY || (now - drawn < redrawMs && done !== total)) return
      drawn = now
      err.write(`\r\x1b[K${total === undefined ? done : bar(done, total)} ${what}`)
    },
    finish: clear,
  }
}

function bar(done: number, total: number): string {
  const share = Math.min(1, done / total)
  const blocks = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░')
  return `${blocks} ${Math.floor(share * 100)} % ${done}/${total}`
}
