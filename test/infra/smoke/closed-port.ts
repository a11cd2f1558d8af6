import { freePort } from '../../../infra/local/listener.ts'

/** An address on loopback where nobody listens. */
export async function closedPort(): Promise<string> {
  const port = await freePort({ host: '127.0.0.1', port: 0, setting: 'PORT' })
  return `http://127.0.0.1:${port}`
}
