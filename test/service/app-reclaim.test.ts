import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { gate, noise, type Served, serve } from './serve.ts'

/** Some 12 MB as a PNG, of which no more than two are remembered. */
const size = 2_000
const keyOf = (name: string) => `img/${size}x${size}/${name}.png`
const [first = '', ...others] = ['a', 'b', 'c', 'd'].map(keyOf)

/** Node 20 leaves all memory to the garbage collector. */
const canGiveBack = 'transfer' in ArrayBuffer.prototype

/** A service whose results are large, and what becomes of them. */
interface Large extends Served {
  /** What was written back last, as it was given to the store. */
  results: Map<string, Buffer>
  /** The write-back of the first waits for it. */
  shut: ReturnType<typeof gate>
}

/** A service with the originals of such results. */
async function serveLarge(t: Test): Promise<Large> {
  const shut = gate()
  const results = new Map<string, Buffer>()
  const service = await serve(t, {
    env: { ALLOWED_DIMENSIONS: '*', MAX_OUTPUT_BYTES: '20000000' },
    over: (memory) => ({
      put: async (...args) => {
        const [key, body] = args
        results.set(key, body)
        if (key === first) await shut.wait()
        return memory.put(...args)
      },
    }),
  })
  const original = await noise(size, size).png({ compressionLevel: 0 }).toBuffer()
  for (const name of ['a', 'b', 'c', 'd']) service.memory.upload(`img/${name}.png`, original)
  return { ...service, results, shut }
}

/** Begins to ask, and reads no more of the answer than comes with its head. */
function begin({ url }: Served, key: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`${url}/prod?key=${key}`, { agent: false }, resolve).on('error', reject).end()
  })
}

/** Has so much made that the first result is not remembered any more. */
async function askForOthers(service: Served): Promise<void> {
  for (const key of others) await buffer(await begin(service, key))
}

/** Checks that the first result has been given back, as far as the engine can. */
function checkGivenBack(t: Test, { results }: Large): void {
  const bytes = results.get(first)?.length
  if (canGiveBack) t.equal(bytes, 0)
  else t.ok(bytes)
}

t.test('a result is given back when it is sent, stored and not remembered any more', async (t) => {
  const service = await serveLarge(t)
  const { results, shut, logged, stop } = service
  shut.open()
  await buffer(await begin(service, first))
  await until(() => logged('landed').length === 1)
  t.ok(results.get(first)?.length, 'while it is remembered it is there')
  await askForOthers(service)
  await stop()
  checkGivenBack(t, service)
  t.ok(results.get(others.at(-1) as string)?.length)
})

t.test('a slow viewer gets all of it', async (t) => {
  const service = await serveLarge(t)
  const { results, shut, memory, stop } = service
  shut.open()
  const slow = await begin(service, first)
  await askForOthers(service)
  t.ok(results.get(first)?.length)
  t.ok((await buffer(slow)).equals(memory.objects.get(first)?.body as Buffer))
  await stop()
  checkGivenBack(t, service)
})

t.test('a slow write-back stores all of it', async (t) => {
  const service = await serveLarge(t)
  const { results, shut, memory, stop } = service
  const answer = await buffer(await begin(service, first))
  await askForOthers(service)
  t.ok(results.get(first)?.length)
  shut.open()
  await stop()
  t.ok(answer.equals(memory.objects.get(first)?.body as Buffer))
  checkGivenBack(t, service)
})

t.test('who asks again for what was given back gets it made again', async (t) => {
  const service = await serveLarge(t)
  service.shut.open()
  const answer = await buffer(await begin(service, first))
  await askForOthers(service)
  t.ok(answer.equals(await buffer(await begin(service, first))))
  await service.stop()
})
