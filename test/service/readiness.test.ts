import t from 'tap'
import { createReadiness } from '../../service/readiness.ts'

t.test('is ready until it leaves, and serves until it stops', async (t) => {
  const readiness = createReadiness(4)
  const { ready, leaving, stopping } = readiness
  t.strictSame([ready, leaving, stopping], [true, false, false])
  readiness.leave()
  t.strictSame([readiness.ready, readiness.leaving, readiness.stopping], [false, true, false])
  readiness.stop()
  t.strictSame([readiness.ready, readiness.leaving, readiness.stopping], [false, true, true])
})

t.test('is ready until more threads are lost than it has to spare', async (t) => {
  const readiness = createReadiness(2)
  const back: (() => void)[] = []
  const seen = [1, 2, 3].map(() => {
    back.push(readiness.loseThread())
    return readiness.ready
  })
  t.strictSame(seen, [true, true, false])
  back[0]?.()
  t.equal(readiness.ready, true, 'one of them came back')
  t.equal(readiness.stopping, false)
})
