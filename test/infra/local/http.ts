import {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestListener,
  request,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { listen } from '../../../infra/local/listener.ts'

/** An answer, read whole. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Serves `handler` on a free port of loopback until the test ends; returns its URL. */
export async function serve(t: Test, handler: RequestListener): Promise<URL> {
  const listener = await listen(handler, { host: '127.0.0.1', port: 0, setting: 'PORT' })
  t.teardown(() => listener.stop())
  return new URL(`http://127.0.0.1:${listener.port}`)
}

/** Asks for `target` exactly as it is spelled: nothing is normalised, no redirect is followed. */
export function ask(
  base: URL | string,
  target: string,
  options: {
    method?: string
    headers?: OutgoingHttpHeaders
    signal?: AbortSignal
    body?: string
  } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path: target, agent: false, ...options })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      buffer(response).then((body) => resolve({ status, headers, body }), reject)
    })
    sent.end(options.body)
  })
}

/** Waits until nobody listens at `url`; the test's own time limit ends a vain wait. */
export async function silenceAt(url: string): Promise<void> {
  const isThere = () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    )
  while (await isThere()) await sleep(20)
}
