/** The head of a response of HTTP/1.1. */
export interface ResponseHead {
  status: number
  reason: string
  /** Names in lower case; the values of a name that comes more than once are joined by commas. */
  headers: Record<string, string>
  /** How the body ends: after so many bytes, in chunks, or with the connection. */
  framing: { bytes: number } | 'chunked' | 'close'
  /** Whether the connection may be used again. */
  keepAlive: boolean
}

/** What ends a head, with the end of its last line. */
export const blankLine = '\r\n\r\n'

/** Where in `piece` the head ends whose beginning is `text`, behind its blank line; if it does. */
export function headEnd(text: string, piece: Buffer): number | undefined {
  const reach = blankLine.length - 1
  const before = text.slice(-reach)
  const across = (before + piece.toString('latin1', 0, reach)).indexOf(blankLine)
  if (across >= 0) return across + blankLine.length - before.length
  const within = piece.indexOf(blankLine, 'latin1')
  return within < 0 ? undefined : within + blankLine.length
}

/**
 * Parses a head (RFC 9112, 4 to 6).
 * @param text without the empty line at its end
 * @param method of the request: a response to HEAD has no body
 * @throws Error when it is none
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const match = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: (.*))?$/.exec(statusLine)
  if (!match) throw new Error(`not a response of HTTP/1.1: ${statusLine.slice(0, 80)}`)
  const status = Number(match[2])
  const headers = parseHeaders(lines)
  const framing = framingOf(status, headers, method)
  const closes = /(?:^|,)\s*close\s*(?:,|$)/i.test(headers.connection ?? '')
  // Who sends both may want to smuggle a response past somebody (RFC 9112, 6.3).
  const ambiguous = 'transfer-encoding' in headers && 'content-length' in headers
  const keepAlive = match[1] === '1' && !closes && !ambiguous && framing !== 'close'
  return { status, reason: match[3] ?? '', headers, framing, keepAlive }
}

/** No spaces around the name, no continuation of the line before, no other line breaks. */
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const match = headerLine.exec(line)
    if (!match) throw new Error(`not a header: ${line.slice(0, 80)}`)
    const [, written = '', value = ''] = match
    const name = written.toLowerCase()
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return headers
}

function framingOf(
  status: number,
  headers: Record<string, string>,
  method: string,
): ResponseHead['framing'] {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { bytes: 0 }
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Error(`transfer coding ${coding}`)
    return 'chunked'
  }
  const length = headers['content-length']
  if (length === undefined) return 'close'
  if (!/^[0-9]{1,15}$/.test(length)) throw new Error(`content length ${length}`)
  return { bytes: Number(length) }
}
