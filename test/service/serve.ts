import type { AddressInfo } from 'node:net'
import sharp, { type Sharp } from 'sharp'
import supertest from 'supertest'
import type { Test } from 'tap'
import type { Cdn } from '../../service/cdn.ts'
import type { ObjectStore } from '../../service/store.ts'
import { type MemoryStore, memoryStore, recordingCdn, recordingLogger, testApp } from '../helper.ts'

/** A service that listens on loopback, over plain-object fakes. */
export interface Served {
  url: string
  port: number
  /** Asks for `/prod?key=<key>`, the key percent-encoded. */
  get(key: string, headers?: Record<string, string>): supertest.Test
  agent: ReturnType<typeof supertest>
  /** The bucket in memory, below whatever `over` puts in front of it. */
  memory: MemoryStore
  cdn: ReturnType<typeof recordingCdn>
  /** What was logged so far. */
  lines: Record<string, unknown>[]
  /** The lines with this message. */
  logged(message: string): Record<string, unknown>[]
  /** The value of a gauge at /metrics, by its name without the prefix. */
  gauge(name: string): Promise<number>
  /** Ends it in good order; happens at the end of the test in any case. */
  stop(): Promise<void>
}

/**
 * Starts a service for the test `t`.
 * @param parts.over puts another store in front of the one in memory
 */
export async function serve(
  t: Test,
  parts: {
    env?: Record<string, string>
    over?: (memory: MemoryStore) => Partial<ObjectStore>
    cdn?: Cdn
  } = {},
): Promise<Served> {
  const { logger, lines } = recordingLogger()
  const memory = memoryStore()
  const cdn = recordingCdn()
  const app = testApp({
    env: parts.env ?? {},
    store: { ...memory, ...parts.over?.(memory) },
    cdn: parts.cdn ?? cdn,
    logger,
  })
  await app.server.listen({ host: '127.0.0.1', port: 0 })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= app.stop()
    return stopping
  }
  t.teardown(stop)
  const { port } = app.server.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const agent = supertest(url)
  return {
    url,
    port,
    agent,
    memory,
    cdn,
    lines,
    logged: (message) => lines.filter(({ msg }) => msg === message),
    get: (key, headers = {}) => agent.get(`/prod?key=${encodeURIComponent(key)}`).set(headers),
    gauge: async (name) => {
      const { text } = await agent.get('/metrics')
      return Number(new RegExp(`^rightsize_${name} (.+)$`, 'm').exec(text)?.[1])
    },
    stop,
  }
}

/** It is shut until it is opened; who waits is counted. */
interface Gate {
  wait(): Promise<void>
  open(): void
  readonly waiting: number
}

/** A gate that is shut. */
export function gate(): Gate {
  let open = () => {}
  let waiting = 0
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    wait: () => {
      waiting++
      return opened
    },
    open,
    get waiting() {
      return waiting
    },
  }
}

/** `call`, which waits for the gate first. */
export function behind<A extends unknown[], R>(shut: Gate, call: (...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    await shut.wait()
    return call(...args)
  }
}

/** A picture that does not compress, ready to be encoded. */
export function noise(width: number, height: number): Sharp {
  const grain = { type: 'gaussian', mean: 128, sigma: 50 } as const
  return sharp({ create: { width, height, channels: 3, background: 'grey', noise: grain } })
}
