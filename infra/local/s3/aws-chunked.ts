import { s3Error } from './errors.ts'

/** Longer lines are no chunk headers and no trailers. */
const maxLineBytes = 8 * 1024

/**
 * Decodes a body in `aws-chunked` encoding, signed or not:
 * `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[<trailer>:<value>\r\n …]\r\n`.
 * Signatures are passed over.
 * @param trailers is given the trailers, names in lower case
 * @throws S3Error IncompleteBody when the body ends early or goes on behind its end
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let left = 0
  let state = 'size' as 'size' | 'data' | 'data-end' | 'trailer' | 'over'

  const takeLine = (): string | undefined => {
    const end = rest.indexOf('\r\n')
    if (end > maxLineBytes || (end < 0 && rest.length > maxLineBytes)) throw malformed()
    if (end < 0) return undefined
    const line = rest.toString('latin1', 0, end)
    rest = rest.subarray(end + 2)
    return line
  }

  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (state === 'over') {
        if (rest.length > 0) throw malformed()
        break
      }
      if (state === 'data') {
        if (rest.length === 0) break
        const part = rest.subarray(0, left)
        rest = rest.subarray(part.length)
        left -= part.length
        if (left === 0) state = 'data-end'
        yield part
        continue
      }
      const line = takeLine()
      if (line === undefined) break
      if (state === 'size') {
        left = sizeOf(line)
        state = left > 0 ? 'data' : 'trailer'
      } else if (state === 'data-end') {
        if (line !== '') throw malformed()
        state = 'size'
      } else if (line === '') state = 'over'
      else addTrailer(line, trailers)
    }
  }
  // Some clients leave out the empty line behind the last chunk when there are no trailers.
  const isComplete = state === 'over' || (state === 'trailer' && rest.length === 0)
  if (!isComplete) throw s3Error('IncompleteBody')
}

function sizeOf(line: string): number {
  const match = /^([0-9a-fA-F]{1,12})(;.*)?$/.exec(line)
  if (!match) throw malformed()
  return Number.parseInt(match[1] as string, 16)
}

function addTrailer(line: string, trailers: Map<string, string>): void {
  const colon = line.indexOf(':')
  if (colon < 1) throw malformed()
  trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
}

function malformed() {
  return s3Error('IncompleteBody', 'The body is not in the aws-chunked encoding that it claims.')
}
