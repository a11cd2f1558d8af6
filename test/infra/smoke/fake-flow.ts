import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import type { Test } from 'tap'

/** What is different from a flow that works. */
export interface Difference {
  /** Of the first request. */
  redirect?: { status?: number; location?: (key: string, api: string) => string; cache?: string }
  /** What the API answers in place of the image. */
  api?: (response: ServerResponse) => void
  /** What the API answers as image. */
  image?: { width?: number; height?: number; type?: string; cacheControl?: string; bytes?: Buffer }
  /** Answers of the API that store nothing: it has made this image before, and remembers it. */
  handedOutBeforeStored?: number
  /** Redirects after the image was made; Infinity when it is never stored. */
  redirectsBeforeStored?: number
  /** Misses before the first hit. */
  missesBeforeHit?: number
  /** Bytes of the stored image. */
  stored?: Buffer
  /** Keys that were made before. */
  madeBefore?: readonly string[]
}

/** A flow over HTTP on loopback that draws its images itself. Returns where viewers ask. */
export async function fakeFlow(t: Test, difference: Difference = {}): Promise<string> {
  const made = new Map<string, { body: Buffer; redirects: number; asked: number }>()
  let handedOut = 0
  const png = async (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = (request.url ?? '').split('?')
    if (path === '/prod') return await answerApi(query?.slice('key='.length) ?? '', response)
    const key = decodeURIComponent(path.slice(1))
    const stored = made.get(key)
    if (difference.madeBefore?.includes(key)) {
      return send(response, Buffer.from('made before'), 'Miss from cloudfront')
    }
    if (!stored || stored.redirects-- > 0) return redirect(key, response)
    const hit = stored.asked++ > (difference.missesBeforeHit ?? 0)
    send(response, difference.stored ?? stored.body, `${hit ? 'Hit' : 'Miss'} from cloudfront`)
  }

  async function answerApi(query: string, response: ServerResponse): Promise<void> {
    if (difference.api) return difference.api(response)
    const key = decodeURIComponent(query)
    const box = /(\d+)x(\d+)/.exec(key) ?? []
    const { width = Number(box[1]), height = Number(box[2]) - 1, bytes } = difference.image ?? {}
    const body = bytes ?? (await png(width, height))
    const isStored = handedOut++ >= (difference.handedOutBeforeStored ?? 0)
    if (isStored && !made.has(key)) {
      made.set(key, { body, redirects: difference.redirectsBeforeStored ?? 0, asked: 0 })
    }
    send(response, body)
  }

  function redirect(key: string, response: ServerResponse): void {
    const { status = 307, cache = 'Miss from cloudfront' } = difference.redirect ?? {}
    const location = (difference.redirect?.location ?? locationOf)(key, base)
    response.writeHead(status, { 'x-cache': cache, ...(location && { location }) }).end()
  }

  function send(response: ServerResponse, body: Buffer, cache?: string): void {
    const { type = 'image/png', cacheControl = 'public, max-age=604800' } = difference.image ?? {}
    const headers = { 'content-type': type, 'cache-control': cacheControl }
    response.writeHead(200, { ...headers, ...(cache && { 'x-cache': cache }) }).end(body)
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => server.close())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return base
}

function locationOf(key: string, api: string): string {
  return `${api}/prod?key=${key}`
}
