import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkerMessage } from './serve-tasks.ts'

/** Where and with what a process runs. */
export interface Placement {
  /** Processors, as taskset lists them; undefined: wherever the system likes. */
  cpus: string | undefined
  /** Its variables. Of this process's it has the path alone: others could change what is measured. */
  env?: Readonly<Record<string, string>>
  /** Options of node. */
  nodeOptions?: readonly string[]
}

/** A process that was started; `stop` ends it and waits until it has. */
export interface Running {
  pid: number
  stop(): Promise<void>
}

/** A process that does tasks. */
export interface Worker extends Running {
  ask<R>(task: unknown): Promise<R>
}

const graceMs = 10_000

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts node with the module `file` on the processors of `placement`. */
export function startNode(
  file: string,
  { cpus, env, nodeOptions = [] }: Placement,
  stdio: StdioOptions,
): { child: ChildProcess; running: Running } {
  const command = [process.execPath, ...nodeOptions, file]
  const [program, ...args] = cpus === undefined ? command : ['taskset', '-c', cpus, ...command]
  const child = spawn(program as string, args, { stdio, env: { PATH: process.env.PATH, ...env } })
  children.add(child)
  const exited = once(child, 'exit').finally(() => children.delete(child))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(timer)
  }
  return { child, running: { pid: child.pid as number, stop } }
}

/**
 * Starts the worker `name`, a module beside this one, and waits until it is there.
 * @throws when it ends before that; `ask` rejects when it ends or its task fails
 */
export async function startWorker(name: string, placement: Placement): Promise<Worker> {
  const file = new URL(`./${name}${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
  const { child, running } = startNode(fileURLToPath(file), placement, [
    'ignore',
    'inherit',
    'inherit',
    'ipc',
  ])
  const next = () =>
    new Promise<WorkerMessage>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`${name} ended with code ${code}`))
      child.once('exit', onExit)
      child.once('message', (message) => {
        child.off('exit', onExit)
        resolve(message as WorkerMessage)
      })
    })
  await next()
  return {
    ...running,
    ask: async <R>(task: unknown) => {
      const answer = next()
      child.send(task as object)
      const message = await answer
      if ('error' in message) throw new Error(`${name}: ${message.error}`)
      return (message as { result: R }).result
    },
  }
}
