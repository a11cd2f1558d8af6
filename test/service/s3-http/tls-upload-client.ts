import { createTransport } from '../../../service/s3-http/handler.ts'

// Puts bytes over TLS, and prints what came of it. A process of its own, because Node takes other
// authorities from the environment it is started in.

const [port, bytes, idleMs] = process.argv.slice(2)
const timeouts = { connectMs: 30_000, idleMs: Number(idleMs) }
const transport = createTransport({ ...timeouts, maxConnections: 1 }) as unknown as {
  handle(request: object): Promise<{ response: { statusCode: number } }>
  destroy(): void
}

try {
  const { response } = await transport.handle({
    protocol: 'https:',
    hostname: 'localhost',
    port: Number(port),
    method: 'PUT',
    path: '/k',
    headers: { 'content-length': bytes },
    body: Buffer.alloc(Number(bytes), 'sent'),
  })
  console.log(response.statusCode)
} catch (error) {
  console.log((error as Error).name)
}
transport.destroy()
