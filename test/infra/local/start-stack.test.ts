import t from 'tap'
import { createStartStack } from '../../../infra/local/start-stack.ts'

t.test('what was started is stopped in the reverse order, once', async (t) => {
  const stopped: string[] = []
  const stack = createStartStack()
  const stop = (one: string) => {
    stopped.push(one)
  }
  t.equal(await stack.start(Promise.resolve('a'), stop), 'a')
  await stack.start(Promise.resolve('b'), stop)
  await Promise.all([stack.stop(), stack.stop()])
  t.same(stopped, ['b', 'a'])
})

t.test('what cannot start is not stopped', async (t) => {
  const stopped: string[] = []
  const stack = createStartStack()
  const stop = (one: string) => {
    stopped.push(one)
  }
  await stack.start(Promise.resolve('a'), stop)
  await t.rejects(stack.start(Promise.reject(new Error('port in use')), stop), {
    message: 'port in use',
  })
  await stack.stop()
  t.same(stopped, ['a'])
})
