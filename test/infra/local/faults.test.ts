import t from 'tap'
import { createFaults, type FaultAction } from '../../../infra/local/faults.ts'
import { ask } from './http.ts'
import { startS3 } from './s3-server.ts'

const body = Buffer.alloc(1000, 'x')

/** The status and length of an answer to GET, or how it failed. */
async function get(base: URL, key = 'x'): Promise<string> {
  const signal = AbortSignal.timeout(300)
  try {
    const { status, body } = await ask(base, `/origin/${key}`, { signal })
    return `${status} ${body.length}`
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    return code ?? name
  }
}

t.test('rules match by operation, bucket and key, and so many times', async (t) => {
  const faults = createFaults()
  const action: FaultAction = { kind: 'reset' }
  const take = (operation: string, bucket?: string, key?: string) =>
    faults.take({ operation, ...(bucket && { bucket }), ...(key && { key }) }).action
  faults.add({ operation: 'GetObject', key: (key) => key.endsWith('.png'), times: 2, action })
  t.equal(take('PutObject', 'origin', 'x.png'), undefined)
  t.equal(take('GetObject', 'origin', 'x.jpg'), undefined)
  t.equal(take('GetObject'), undefined, 'a rule about keys says nothing of what has none')
  t.equal(take('GetObject', 'origin', 'x.png'), action)
  t.equal(take('GetObject', 'origin', 'x.png'), action)
  t.equal(take('GetObject', 'origin', 'x.png'), undefined)
  const remove = faults.add({ bucket: 'original', action })
  t.equal(take('HeadObject', 'original', 'x'), action)
  remove()
  t.equal(take('HeadObject', 'original', 'x'), undefined)
  faults.add({ action: { kind: 'delay', ms: 2 } })
  faults.add({ action: { kind: 'delay', ms: 3 } })
  faults.add({ action })
  t.same(faults.take({ operation: 'any' }), { delayMs: 5, action })
  faults.clear()
  t.same(faults.take({ operation: 'any' }), { delayMs: 0, action: undefined })
  t.equal(faults.hits, 6)
})

t.test('what each fault does to an answer', async (t) => {
  const { base, faults, origin } = await startS3(t)
  await origin.write('x', body, {})
  for (const [action, expected] of [
    [{ kind: 'delay', ms: 1 }, '200 1000'],
    [{ kind: 'reset' }, 'ECONNRESET'],
    [{ kind: 'lose-answer' }, 'ECONNRESET'],
    [{ kind: 'reset-mid-body' }, 'ECONNRESET'],
    [{ kind: 'truncate' }, 'ECONNRESET'],
    [{ kind: 'shorten' }, '200 500'],
    [{ kind: 'stall' }, 'ABORT_ERR'],
    [{ kind: 'hang' }, 'ABORT_ERR'],
  ] as const) {
    faults.add({ action, times: 1 })
    const seen = await get(base)
    t.equal(seen, expected, action.kind)
    t.equal(await get(base), '200 1000', 'and the next request is served')
  }
  faults.add({ action: { kind: 'error', status: 503, code: 'SlowDown' }, times: 1 })
  const slow = await ask(base, '/origin/x')
  t.equal(slow.status, 503)
  t.match(slow.body.toString(), '<Code>SlowDown</Code>')
})

t.test('a write is done or not, as the fault says, and never half', async (t) => {
  const { base, faults, origin } = await startS3(t)
  const put = () =>
    fetch(new URL('/origin/y', base), { method: 'PUT', body }).then(
      ({ status }) => status,
      () => 'failed',
    )
  faults.add({ operation: 'PutObject', action: { kind: 'reset' }, times: 1 })
  t.equal(await put(), 'failed')
  t.equal(await origin.head('y'), undefined)
  faults.add({ operation: 'PutObject', action: { kind: 'lose-answer' }, times: 1 })
  t.equal(await put(), 'failed')
  t.equal((await origin.head('y'))?.bytes, 1000)
})

t.test('what a fault leaves of a large body is what was stored', async (t) => {
  const { base, faults, origin } = await startS3(t)
  const large = Buffer.alloc(24 * 1024 * 1024)
  for (let at = 0; at < large.length; at += 4) large.writeUInt32LE(at, at)
  await origin.write('x', large, {})
  faults.add({ action: { kind: 'shorten' }, operation: 'GetObject' })
  const answer = await ask(base, '/origin/x')
  t.ok(answer.body.equals(large.subarray(0, large.length / 2)))
})
