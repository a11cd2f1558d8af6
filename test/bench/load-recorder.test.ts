import t from 'tap'
import { createRecorder } from '../../bench/processes/load-recorder.ts'

const image = { status: 200, serverTiming: 'read;dur=2.5, resize;dur=30' }
const refusal = { status: 503, serverTiming: '' }

/** Those who ask `connections` at once for three seconds, on a clock that is set by hand. */
function recorderAt(connections: number) {
  let now = 0
  const recorder = createRecorder({ kind: 'closed', connections, seconds: 3 }, () => now)
  return {
    recorder,
    answer: (at: number, answer = image) => {
      now = at
      recorder.record(answer, 100)
    },
    overAt: (at: number) => {
      now = at
      return recorder.over
    },
  }
}

t.test('who makes all at once that are asked for is measured over a whole batch', async (t) => {
  const { recorder, answer, overAt } = recorderAt(32)
  for (let at = 0; at < 32; at++) answer(12_000 + at * 20)
  t.notOk(overAt(12_700), 'the time is over, and nothing but the first batch has come')
  for (let at = 0; at < 32; at++) answer(24_000 + at * 20)
  t.ok(overAt(24_700))
  t.equal(recorder.result().perSecond.toFixed(2), '2.67', '32 in 12 seconds')
})

t.test('who answers one by one is measured for the time', async (t) => {
  const { recorder, answer, overAt } = recorderAt(8)
  for (let at = 40; at <= 4_200; at += 40) {
    if (at < 4_000) t.notOk(overAt(at))
    answer(at)
  }
  t.ok(overAt(4_000))
  t.equal(recorder.result().perSecond.toFixed(2), '25.00')
})

t.test('one connection is measured up to its last answer', async (t) => {
  const { recorder, answer, overAt } = recorderAt(1)
  answer(900)
  answer(2_900)
  t.notOk(overAt(4_000), 'one answer tells no rate')
  answer(4_900)
  t.ok(overAt(4_900))
  t.equal(recorder.result().perSecond, 0.5)
})

t.test('who refuses is not waited for', async (t) => {
  const { recorder, answer, overAt } = recorderAt(4)
  for (let at = 1_000; at < 4_000; at += 10) answer(at, refusal)
  t.ok(overAt(4_000))
  const { perSecond, statuses } = recorder.result()
  t.equal(perSecond, 0)
  t.same(statuses, { 503: 300 })
})

t.test('the stages that answers tell are summed up', async (t) => {
  const { recorder, answer } = recorderAt(1)
  answer(2_000)
  answer(2_500, { status: 200, serverTiming: 'read;dur=3.5' })
  t.match(recorder.result().stages, {
    read: { count: 2, median: 2.5, max: 3.5 },
    resize: { count: 1, median: 30 },
  })
})

t.test(
  'arrivals that do not wait for answers are counted up to the end of their time',
  async (t) => {
    let now = 0
    const recorder = createRecorder({ kind: 'open', perSecond: 10, seconds: 2 }, () => now)
    for (now = 100; now <= 3_000; now += 100) recorder.record(image, 100)
    t.equal(recorder.result().perSecond, 10)
  },
)
