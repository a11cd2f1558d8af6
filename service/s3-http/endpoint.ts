import type { Endpoint } from './wire.ts'

/**
 * Where a URL's parts lead to.
 * @param hostname as a URL has it: IPv6 in brackets
 * @param port undefined for the scheme's own
 */
export function endpointOf(protocol: string, hostname: string, port: number | undefined): Endpoint {
  const tls = protocol === 'https:'
  return { tls, host: hostname.replace(/^\[|\]$/g, ''), port: port ?? (tls ? 443 : 80) }
}
