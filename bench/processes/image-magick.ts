import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { serveTasks } from './serve-tasks.ts'

/** Answers `/<width>x<height>/<file>` with what one run of `convert` makes of the file. */
serveTasks<{ convert: string; folder: string }, { port: number }>(async ({ convert, folder }) => {
  const server = createServer((request, response) => {
    const [, size = '', name = ''] = /^\/(\d+x\d+)\/([\w.-]+)$/.exec(request.url ?? '') ?? []
    const input = join(folder, name)
    const output = `${extname(name).slice(1)}:-`
    const args = [input, '-strip', '-resize', size, '-quality', '80', output]
    answer(response, spawn(convert, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port }
})

function answer(response: ServerResponse, converting: ReturnType<typeof spawn>): void {
  const chunks: Buffer[] = []
  converting.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  converting.once('error', () => response.writeHead(500).end())
  converting.once('close', (code) => {
    if (response.headersSent) return
    response.writeHead(code === 0 ? 200 : 500).end(Buffer.concat(chunks))
  })
}
