import { close, read } from 'node:fs'
import { Readable } from 'node:stream'

/** Larger chunks mean fewer ways through the thread pool. */
const chunkBytes = 256 * 1024

/** Kept for the next, in all: 16 MiB. */
const maxIdle = 64

const idle: Buffer[] = []

/**
 * The bytes `start` up to and without `end` of an open file, which it closes in the end. Who calls
 * `recycle` with a chunk that is used up saves the next one from being fresh memory, which costs
 * more than reading a cached file into it.
 */
export class FileBody extends Readable {
  readonly #file: number
  readonly #end: number
  #at: number
  #reading = false
  #onRead: (() => void) | undefined

  constructor(file: number, start: number, end: number) {
    super({ highWaterMark: 2 * chunkBytes })
    this.#file = file
    this.#at = start
    this.#end = end
  }

  /** Nobody may look at `chunk` any more. */
  recycle(chunk: Buffer): void {
    if (chunk.buffer.byteLength === chunkBytes && idle.length < maxIdle) {
      idle.push(Buffer.from(chunk.buffer))
    }
  }

  override _read(): void {
    const wanted = Math.min(chunkBytes, this.#end - this.#at)
    if (wanted === 0) {
      this.push(null)
      return
    }
    const buffer = idle.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
    this.#reading = true
    read(this.#file, buffer, 0, wanted, this.#at, (error, bytesRead) => {
      this.#reading = false
      this.#onRead?.()
      if (this.destroyed) return
      if (error) {
        this.destroy(error)
        return
      }
      this.#at += bytesRead
      // A file that got shorter ends early; whoever knows its length finds out.
      this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead))
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const finish = () => close(this.#file, (failure) => callback(error ?? failure))
    // The number of a closed file may be another one's by the time it is read.
    if (this.#reading) this.#onRead = finish
    else finish()
  }
}
