import { setTimeout as sleep } from 'node:timers/promises'
import { createLeanClient } from './lean-client.ts'
import { type Arrival, createRecorder, type LoadResult } from './load-recorder.ts'
import { serveTasks } from './serve-tasks.ts'

/** Requests to a server. */
export interface LoadTask {
  /** Where `{n}` stands, `first`, `first + 1`, … is put, so that each request is for another image. */
  url: string
  first: number
  arrival: Arrival
}

async function run({ url, first, arrival }: LoadTask): Promise<LoadResult> {
  const client = createLeanClient(new URL(url).origin)
  const recorder = createRecorder(arrival)
  const refused: number[] = []
  let next = first
  const ask = async (n = next++) => {
    const { pathname, search } = new URL(url.replaceAll('{n}', String(n)))
    recorder.send()
    const start = performance.now()
    const answer = await client.get(pathname + search)
    recorder.record(answer, performance.now() - start)
    // Who is refused asks for the same image again.
    if (answer.status === 503 && arrival.kind === 'closed') refused.push(n)
  }
  try {
    if (arrival.kind === 'closed')
      await askInTurn(() => ask(refused.pop()), arrival.connections, recorder)
    else await askOnTime(ask, arrival)
    return recorder.result()
  } finally {
    client.close()
  }
}

async function askInTurn(
  ask: () => Promise<void>,
  connections: number,
  recorder: { readonly over: boolean },
) {
  const loop = async () => {
    while (!recorder.over) await ask()
  }
  await Promise.all(Array.from({ length: connections }, loop))
}

/** Asks at even distances, as many at a time as the timer has missed. */
async function askOnTime(
  ask: () => Promise<void>,
  arrival: Exclude<Arrival, { kind: 'closed' }>,
): Promise<void> {
  const { seconds } = arrival
  const count = arrival.kind === 'open' ? Math.round(arrival.perSecond * seconds) : arrival.count
  const start = performance.now()
  const asked: Promise<void>[] = []
  while (asked.length < count) {
    const elapsed = (performance.now() - start) / 1000
    const due = seconds > 0 ? Math.min(count, Math.floor((elapsed / seconds) * count) + 1) : count
    while (asked.length < due) asked.push(ask())
    await sleep(1)
  }
  await Promise.all(asked)
}

serveTasks(run)
