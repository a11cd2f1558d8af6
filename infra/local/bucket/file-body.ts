import { close, read } from 'node:fs'
import { Readable } from 'node:stream'
import { createBuffers } from '../../../service/buffers.ts'

/**
 * At most read at once. Every piece is a way through the thread pool, and wakes the one who reads
 * the answer at least once: a picture of 3.4 MB comes in half the time in one piece that it takes
 * in pieces of 256 kB (`npm run bench -- overhead`).
 */
const pieceBytes = 4 * 1024 * 1024

/** Fresh memory costs more than reading a cached file into it. */
const buffers = createBuffers(4 * pieceBytes)

/**
 * The bytes `start` up to and without `end` of an open file, which it closes in the end. Who calls
 * `recycle` with a piece that is used up saves the next one from being fresh memory.
 */
export class FileBody extends Readable {
  readonly #file: number
  readonly #end: number
  #at: number
  #reading = false
  #onRead: (() => void) | undefined

  constructor(file: number, start: number, end: number) {
    super({ highWaterMark: pieceBytes })
    this.#file = file
    this.#at = start
    this.#end = end
  }

  /** Nobody may look at `piece` any more. */
  recycle(piece: Buffer): void {
    buffers.give(piece)
  }

  override _read(): void {
    const wanted = Math.min(pieceBytes, this.#end - this.#at)
    if (wanted === 0) {
      this.push(null)
      return
    }
    const piece = buffers.take(wanted)
    this.#reading = true
    read(this.#file, piece, 0, wanted, this.#at, (error, bytesRead) => {
      this.#reading = false
      this.#onRead?.()
      if (this.destroyed) return
      if (error) {
        this.destroy(error)
        return
      }
      this.#at += bytesRead
      // A file that got shorter ends early; whoever knows its length finds out.
      if (bytesRead === 0) this.push(null)
      else this.push(bytesRead === wanted ? piece : piece.subarray(0, bytesRead))
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const finish = () => close(this.#file, (failure) => callback(error ?? failure))
    // The number of a closed file may be another one's by the time it is read.
    if (this.#reading) this.#onRead = finish
    else finish()
  }
}
