import { createHash } from 'node:crypto'
import { createTransport } from '../../../service/s3-http/handler.ts'

// Asks a server over TLS, and prints what came. A process of its own, because Node takes other
// authorities from the environment it is started in.

const port = Number(process.argv[2])
const timeouts = { connectMs: 30_000, idleMs: 30_000 }
const transport = createTransport({ ...timeouts, maxConnections: 1 })

const ask = (path: string) => {
  const where = { protocol: 'https:', hostname: 'localhost', port }
  return transport.exchange({ ...where, method: 'GET', path, headers: {} })
}

const md5 = (body: Buffer) => createHash('md5').update(body).digest('hex')

const ways: Record<string, (path: string) => Promise<Buffer>> = {
  readInto: async (path) => {
    const { body, headers } = await ask(path)
    const buffer = Buffer.alloc(Number(headers['x-bytes']))
    await body.readInto(buffer)
    return buffer
  },
  late: async (path) => {
    const { body, headers } = await ask(path)
    // Long enough for bytes to wait in all the buffers on the way.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const buffer = Buffer.alloc(Number(headers['x-bytes']))
    await body.readInto(buffer)
    return buffer
  },
  stream: async (path) => Buffer.concat(await (await ask(path)).body.stream().toArray()),
}

try {
  for (const path of ['/large', '/chunked', '/small', '/large']) {
    for (const [way, read] of Object.entries(ways)) {
      console.log(`${way} ${path} ${md5(await read(path))}`)
    }
  }
  const cut = await ways.readInto?.('/cut').catch((error: Error) => error)
  console.log(`cut ${(cut as NodeJS.ErrnoException).code}`)
} catch (error) {
  console.log(`failed ${(error as NodeJS.ErrnoException).code}`)
}
transport.destroy()
