import t from 'tap'
import { unlessAborted } from '../../service/unless-aborted.ts'

const gone = new Error('gone')

t.test('what the promise settles to comes first', async (t) => {
  const { signal } = new AbortController()
  t.equal(await unlessAborted(Promise.resolve(7), signal), 7)
  await t.rejects(unlessAborted(Promise.reject(new Error('failed')), signal), /failed/)
})

t.test('an abort meanwhile comes first', async (t) => {
  const controller = new AbortController()
  const waiting = unlessAborted(new Promise(() => {}), controller.signal)
  controller.abort(gone)
  await t.rejects(waiting, gone)
})

t.test('an abort before is told, and a failure that follows has been heard', async (t) => {
  const unheard: unknown[] = []
  const onUnheard = (reason: unknown) => unheard.push(reason)
  process.prependListener('unhandledRejection', onUnheard)
  t.teardown(() => process.off('unhandledRejection', onUnheard))
  const failing = new Promise((_resolve, reject) => setImmediate(reject, new Error('failed')))
  await t.rejects(unlessAborted(failing, AbortSignal.abort(gone)), gone)
  await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(unheard, [])
})
