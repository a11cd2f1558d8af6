import { Transform } from 'node:stream'

const newline = '\n'.charCodeAt(0)

/**
 * Passes text on in whole lines, so that several streams can share one output: the pieces in which
 * it comes through a pipe end anywhere. A last line without an end is given one.
 */
export function wholeLines(): Transform {
  let begun: Buffer[] = []
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const end = chunk.lastIndexOf(newline) + 1
      if (end > 0) {
        this.push(Buffer.concat([...begun, chunk.subarray(0, end)]))
        begun = []
      }
      if (end < chunk.length) begun.push(chunk.subarray(end))
      done()
    },
    flush(done) {
      done(null, begun.length > 0 ? Buffer.concat([...begun, Buffer.from('\n')]) : undefined)
    },
  })
}
