import t from 'tap'
import { createBackground } from '../../service/background.ts'

function deferred() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

t.test('is idle when nothing is under way', async (t) => {
  const background = createBackground()
  await background.idle()
  t.equal(background.size, 0)
})

t.test('is idle when the last task is done, those included that began meanwhile', async (t) => {
  const background = createBackground()
  const [first, second] = [deferred(), deferred()]
  background.track(first.promise)
  t.equal(background.size, 1)
  let idle = false
  const waiting = background.idle().then(() => {
    idle = true
  })
  background.track(second.promise)
  t.equal(background.size, 2)
  first.resolve()
  await new Promise(setImmediate)
  t.notOk(idle)
  t.equal(background.size, 1)
  second.resolve()
  await waiting
  t.equal(background.size, 0)
})
