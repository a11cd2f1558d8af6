import t from 'tap'
import { rounded, type Stages, serverTiming, timed } from '../../service/stages.ts'

t.test('spells times as the header does', async (t) => {
  t.equal(serverTiming({}, 0), 'total;dur=0.0')
  t.equal(
    serverTiming({ queue: 1, read: 2.345, header: 0.5, resize: 1234.56 }, 1240),
    'queue;dur=1.0, read;dur=2.3, header;dur=0.5, resize;dur=1234.6, total;dur=1240.0',
  )
})

t.test('rounds times for the log', async (t) => {
  t.strictSame(rounded({ queue: 0.28077399999983754, resize: 1234.56 }), {
    queue: 0.3,
    resize: 1234.6,
  })
  t.strictSame(rounded({}), {})
})

t.test('gives what the work gives, and its time', async (t) => {
  const stages: Stages = {}
  t.equal(await timed(stages, 'read', async () => 'bytes'), 'bytes')
  t.strictSame(Object.keys(stages), ['read'])
  t.ok((stages.read as number) >= 0)
})

t.test('adds up what is done in pieces', async (t) => {
  const stages: Stages = { queue: 1_000_000 }
  await timed(stages, 'queue', async () => {})
  t.ok((stages.queue as number) >= 1_000_000)
})

t.test('counts the time of what fails, too', async (t) => {
  const stages: Stages = {}
  const fail = () => Promise.reject(new Error('no'))
  await t.rejects(timed(stages, 'resize', fail), { message: 'no' })
  t.strictSame(Object.keys(stages), ['resize'])
})
