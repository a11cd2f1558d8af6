import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** How a process ended. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  stderr: string
}

/** The service in a process of its own. */
export interface ServiceProcess {
  url: string
  pid: number
  /** The lines of its log so far. */
  log: Record<string, unknown>[]
  /** Resolves when it has ended, by itself or because it was told to. */
  exited: Promise<Exit>
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Exit>
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const source = fileURLToPath(new URL('../../service/main.cts', import.meta.url))

/**
 * Runs the service on a free loopback port, with `env` and nothing else of this process's
 * environment but its PATH, whether or not it comes to listen.
 * @param command what runs its entry; its source unless given
 */
export function spawnService(
  env: Record<string, string>,
  command: readonly [string, ...string[]] = [process.execPath, '--import', 'tsx', source],
): {
  child: Child
  log: Record<string, unknown>[]
  exited: Promise<Exit>
} {
  const [program, ...args] = command
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Not to be left behind by whoever started it, however that ends.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const log: Record<string, unknown>[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) log.push(JSON.parse(line) as Record<string, unknown>)
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', kill)
      resolve({ code, signal, stderr })
    })
  })
  return { child, log, exited }
}

/**
 * Starts the service, as `spawnService` does, and waits until it listens.
 * @throws Error with what it wrote to stderr, when it ends instead
 */
export async function startService(
  env: Record<string, string>,
  command?: readonly [string, ...string[]],
): Promise<ServiceProcess> {
  const { child, log, exited } = spawnService(env, command)
  const port = await Promise.race([
    portOf(child, log),
    exited.then(({ code, stderr }) => {
      throw new Error(`the service ended with ${code}: ${stderr}`)
    }),
  ])
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    log,
    exited,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

function portOf(child: Child, log: Record<string, unknown>[]): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      const ready = log.find(({ msg }) => msg === 'ready')
      if (!ready) return
      child.stdout.off('data', look)
      const [{ port }] = ready.address as [{ port: number }]
      resolve(port)
    }
    child.stdout.on('data', look)
  })
}
