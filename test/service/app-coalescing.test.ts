import { request } from 'node:http'
import t from 'tap'
import { StoreError } from '../../service/store.ts'
import { type MemoryStore, picture } from '../helper.ts'
import { until } from '../until.ts'
import { behind, gate, noise, type Served, serve } from './serve.ts'

const key = 'img/150x200/x.png'

/** How often each operation was called, `head` left out: it decides nothing here. */
function work({ calls }: MemoryStore): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const call of calls) {
    const operation = call.split(' ')[0] as string
    if (operation !== 'head') counts[operation] = (counts[operation] ?? 0) + 1
  }
  return counts
}

t.test('500 viewers of a new image at once cost one read and one write-back', async (t) => {
  const { get, memory, cdn, logged, stop } = await serve(t)
  memory.upload('img/x.png', await picture(400, 300).png().toBuffer())
  const answers = await Promise.all(Array.from({ length: 500 }, () => get(key)))
  await stop()
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(answers.map(({ body }) => (body as Buffer).toString('base64'))).size, 1)
  t.same(work(memory), { get: 1, put: 1 })
  t.same(cdn.invalidated, [[`/${key}`]])
  t.equal(logged('landed').length, 1)
  t.equal(logged('answered').filter(({ source }) => source === 'made').length, 1)
})

t.test('who follows within seconds costs none either, as long as the original is', async (t) => {
  const { get, memory, logged, stop } = await serve(t)
  memory.upload('img/x.png', await picture(400, 300).png().toBuffer())
  const answers = Array.from({ length: 60 }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * 25))
    return get(key)
  })
  for (const { status } of await Promise.all(answers)) t.equal(status, 200)
  t.same(work(memory), { get: 1, put: 1 })

  memory.upload('img/x.png', await picture(300, 300).png().toBuffer())
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await get(key)
  await stop()
  t.same(work(memory), { get: 2, put: 3 }, 'once refused because of what is there, then over it')
  t.match(logged('landed'), [{ writeBack: 'written' }, { writeBack: 'written' }])
})

t.test('different sizes of one image are made each', async (t) => {
  const { get, memory, stop } = await serve(t)
  memory.upload('img/x.png', await picture(400, 300).png().toBuffer())
  const sizes = ['100x100', '150x200', '600x300']
  await Promise.all(sizes.flatMap((size) => [1, 2, 3].map(() => get(`img/${size}/x.png`))))
  await stop()
  t.same(work(memory), { get: 3, put: 3 })
})

t.test('after a failed write-back the next request tries again', async (t) => {
  let failing = true
  const { get, memory, logged, stop } = await serve(t, {
    over: (memory) => ({
      put: (...args) => {
        if (failing) return Promise.reject(new StoreError('denied', 'no'))
        return memory.put(...args)
      },
    }),
  })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  t.equal((await get(key)).status, 200)
  await until(() => logged('landed').length === 1)
  t.notOk(memory.objects.has(key))
  failing = false
  t.equal((await get(key)).status, 200)
  await stop()
  t.ok(memory.objects.has(key))
  t.match(logged('landed'), [{ writeBack: 'failed' }, { writeBack: 'written' }])
})

t.test('a write-back that fails late takes no newer result from those who follow', async (t) => {
  const shut = gate()
  const { get, memory, logged, stop } = await serve(t, {
    over: (memory) => ({
      put: async (...args) => {
        if (shut.waiting > 0) return memory.put(...args)
        await shut.wait()
        throw new StoreError('denied', 'no')
      },
    }),
  })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  t.equal((await get(key)).status, 200)
  await until(() => shut.waiting === 1)
  memory.upload('img/x.png', await picture(30, 30).png().toBuffer())
  await new Promise((resolve) => setTimeout(resolve, 1100))
  t.equal((await get(key)).status, 200)
  await until(() => logged('landed').length === 1)
  shut.open()
  await until(() => logged('landed').length === 2)
  t.equal((await get(key)).status, 200)
  await stop()
  t.match(logged('landed'), [{ writeBack: 'written' }, { writeBack: 'failed' }])
  t.equal(work(memory).get, 2)
})

t.test('a viewer who leaves does not take the image from the others', async (t) => {
  const shut = gate()
  const { url, memory, logged } = await serve(t, {
    over: (memory) => ({ get: behind(shut, memory.get) }),
  })
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const leaver = new AbortController()
  const first = fetch(`${url}/prod?key=${key}`, { signal: leaver.signal })
  await until(() => shut.waiting === 1)
  const second = fetch(`${url}/prod?key=${key}`)
  leaver.abort()
  await t.rejects(first)
  await until(() => logged('refused').length === 1)
  t.match(logged('refused'), [{ status: 499, code: 'client_closed_request' }])
  shut.open()
  t.equal((await second).status, 200)
  t.equal(work(memory).get, shut.waiting)
})

t.test('when the last viewer leaves, the image is given up before it is decoded', async (t) => {
  const shut = gate()
  const signals: (AbortSignal | undefined)[] = []
  const service = await serve(t, {
    over: (memory) => ({
      get: async (original, options) => {
        signals.push(options?.signal)
        const found = memory.get(original)
        await shut.wait()
        return found
      },
    }),
  })
  const { url, memory, logged, agent } = service
  memory.upload('img/x.png', await picture(40, 30).png().toBuffer())
  const leaver = new AbortController()
  const viewers = [1, 2, 3].map(() => fetch(`${url}/prod?key=${key}`, { signal: leaver.signal }))
  await until(() => shut.waiting === 1)
  leaver.abort()
  await Promise.allSettled(viewers)
  await until(() => signals[0]?.aborted === true)
  shut.open()
  let metrics = ''
  while (!/^rightsize_reserved_bytes 0$/m.test(metrics)) {
    metrics = (await agent.get('/metrics')).text
    t.match(metrics, /^rightsize_decoding 0$/m)
  }
  t.notOk(memory.objects.has(key))
  t.same(logged('landed'), [])

  t.equal((await service.get(key)).status, 200, 'who comes later gets it')
  t.equal(signals.length, 2)
})

t.test('what is being decoded when its last viewer leaves is there for the next one', async (t) => {
  const { url, memory, gauge, logged, get } = await serve(t)
  memory.upload('img/x.png', await noise(2000, 1500).png().toBuffer())
  for (let viewer = 1; viewer <= 2; viewer++) {
    const leaver = new AbortController()
    const left = fetch(`${url}/prod?key=${key}`, { signal: leaver.signal })
    await until(async () => (await gauge('decoding')) === 1 || logged('landed').length > 0)
    leaver.abort()
    await Promise.allSettled([left])
  }
  t.equal((await get(key)).status, 200)
  t.equal(work(memory).get, 1)
})

/** Asks for a large image and leaves while it is being decoded. */
async function askAndLeave({ url, memory, gauge, logged }: Served): Promise<void> {
  memory.upload('img/x.png', await noise(2000, 1500).png().toBuffer())
  // Unlike fetch's, its connection is gone with it, and keeps nothing from ending.
  const leaving = request(`${url}/prod?key=${key}`, { agent: false }).on('error', () => {})
  leaving.end()
  await until(async () => (await gauge('decoding')) === 1 || logged('landed').length > 0)
  leaving.destroy()
  await until(() => logged('refused').length + logged('answered').length === 1)
}

t.test('what is being decoded when its last viewer leaves is stored before the end', async (t) => {
  const service = await serve(t)
  const { memory, cdn, stop } = service
  await askAndLeave(service)
  await stop()
  t.ok(memory.objects.has(key))
  t.same(cdn.invalidated, [[`/${key}`]])
})

t.test('what is made when its last viewer has left counts as made', async (t) => {
  const service = await serve(t)
  const { agent, logged } = service
  await askAndLeave(service)
  await until(() => logged('landed').length === 1)
  const { text } = await agent.get('/metrics')
  const counted = (name: string) => Number(text.split(`\nrightsize_${name} `)[1]?.split('\n')[0])
  t.equal(counted('stage_seconds_count{stage="resize"}'), 1)
  t.ok(counted('original_bytes_total') > 0)
  t.ok(counted('variant_bytes_total') > 0)
})

t.test('a key that may mean another one, too, does not answer for one that may not', async (t) => {
  const { agent, memory } = await serve(t)
  memory.upload('img/a b.png', await picture(40, 30).png().toBuffer())
  const [plus, escaped] = ['img/150x200/a+b.png', 'img/150x200/a%2Bb.png']
  for (const keys of [
    [escaped, plus],
    [plus, escaped],
  ]) {
    const answers = await Promise.all(keys.map((key) => agent.get(`/prod?key=${key}`)))
    for (const [i, key] of keys.entries()) t.equal(answers[i]?.status, key === plus ? 200 : 404)
  }
})
