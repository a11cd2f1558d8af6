import type { IncomingMessage } from 'node:http'

/** The path and the query of a request, byte for byte as they came; the query without its `?`. */
export function targetOf(request: IncomingMessage): { path: string; query: string | undefined } {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return { path: path || '/', query: mark < 0 ? undefined : target.slice(mark + 1) }
}
