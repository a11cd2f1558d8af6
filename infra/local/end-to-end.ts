import type { OutgoingHttpHeaders } from 'node:http'

// RFC 9110, section 7.6.1: what concerns one connection is not passed on.
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer', 'te']

/** The headers that a proxy passes on; names are in lower case. */
export function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)))
}
