import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveTasks } from './serve-tasks.ts'

/** What is used of ipx, which is no dependency. */
interface Ipx {
  createIPX(options: { storage: unknown }): unknown
  ipxFSStorage(options: { dir: string }): unknown
  createIPXNodeServer(ipx: unknown): RequestListener
}

serveTasks<{ module: string; folder: string }, { port: number }>(async ({ module, folder }) => {
  const ipx = (await import(module)) as Ipx
  const storage = ipx.ipxFSStorage({ dir: folder })
  const server = createServer(ipx.createIPXNodeServer(ipx.createIPX({ storage })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port }
})
