import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { reasonOf } from '../../service/reason-of.ts'

t.test('what an error says', async (t) => {
  t.equal(reasonOf(new Error('why')), 'why')
  t.equal(reasonOf(new AggregateError([new Error('a')], 'why')), 'why')
  t.equal(reasonOf(new Error('')), '')
  for (const thrown of ['text', 42, {}]) t.equal(reasonOf(thrown as object), '')
})

t.test('no address of a host takes a connection', async (t) => {
  const socket = connect({
    host: 'two.test',
    port: 1,
    autoSelectFamily: true,
    lookup: (_, __, done) =>
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]),
  })
  const [error] = await once(socket, 'error')
  t.equal(reasonOf(error), 'connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1')
})
