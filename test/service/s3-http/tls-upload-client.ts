import { createTransport } from '../../../service/s3-http/handler.ts'

// Puts bytes over TLS, and prints what came of it. A process of its own, because Node takes other
// authorities from the environment it is started in.

const [port, bytes, idleMs] = process.argv.slice(2)
const timeouts = { connectMs: 30_000, idleMs: Number(idleMs) }
const transport = createTransport({ ...timeouts, maxConnections: 1 })

try {
  const { status } = await transport.exchange({
    protocol: 'https:',
    hostname: 'localhost',
    port: Number(port),
    method: 'PUT',
    path: '/k',
    headers: { 'content-length': String(bytes) },
    body: Buffer.alloc(Number(bytes), 'sent'),
  })
  console.log(status)
} catch (error) {
  console.log((error as Error).name)
}
transport.destroy()
