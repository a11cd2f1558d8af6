import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../service/settings.ts'
import { wholeLines } from './whole-lines.ts'

/** The service as a process of its own, as it is on Fargate. */
export interface ServiceProcess {
  /** Fulfilled when it is ready; rejected when it ended before. */
  readonly ready: Promise<void>
  /** Fulfilled when it has ended, with what it ended with. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Asks it to stop, and waits until it has drained and ended. */
  stop(): Promise<void>
}

// The service gives its work 55 s after SIGTERM.
const killAfterMs = 60_000
const readyCheckMs = 20

/**
 * Starts the service on `url`. It ends with this process, even when that is killed.
 * @param environment the whole of it
 * @param output gets what it writes, in whole lines
 * @throws an Error that says why the system gives it no process
 */
export async function startService(
  url: string,
  { environment, output }: { environment: Environment; output: Writable },
): Promise<ServiceProcess> {
  const child = await spawned(environment)
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(wholeLines()).pipe(output, { end: false })
  }
  const ended = endOf(child)
  const ready = untilReady(url, child).then(async (isReady) => {
    if (!isReady) failBecauseEnded(await ended)
  })
  // Whoever waits for it later is told all the same.
  ready.catch(() => undefined)
  return {
    ended,
    ready,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Where files or pipes are wanting, a process that was not spawned has no streams either. */
async function spawned(environment: Environment): Promise<ChildProcessWithoutNullStreams> {
  try {
    const child = spawn(process.execPath, serverArguments(), {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      // In a group of its own: Ctrl+C is for the laptop, which stops the service in its turn.
      detached: true,
    })
    await once(child, 'spawn')
    return child
  } catch (error) {
    throw new Error(`The service cannot be started: ${(error as Error).message}`, { cause: error })
  }
}

/** Runs the TypeScript source where this file is one itself, else what it was compiled to. */
function serverArguments(): string[] {
  const isSource = import.meta.url.endsWith('.ts')
  const extension = isSource ? 'cts' : 'cjs'
  const file = new URL(`../../service/main.${extension}`, import.meta.url)
  const lifeline = new URL(`./lifeline.${extension}`, import.meta.url)
  // Only what is imported is read as TypeScript; an import alone can start libuv's pool too early.
  const preloads = isSource
    ? ['--import', import.meta.resolve('tsx'), '--import', lifeline.href]
    : ['--require', fileURLToPath(lifeline)]
  return [...preloads, fileURLToPath(file)]
}

async function endOf(child: ChildProcess) {
  const [code, signal] = await once(child, 'close')
  return { code, signal }
}

/** Asks until the service says that it is ready; false when it has ended instead. */
async function untilReady(url: string, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return true
    await sleep(readyCheckMs)
  }
  return false
}

function failBecauseEnded({ code, signal }: { code: number | null; signal: string | null }): never {
  throw new Error(`The service ended with ${signal ?? `code ${code}`} before it was ready.`)
}
