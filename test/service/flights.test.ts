import t from 'tap'
import { createFlights } from '../../service/flights.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const forever = new AbortController().signal

/** A start whose flights are landed by the test. */
function airport() {
  const started: {
    signal: AbortSignal
    land: (value: string) => void
    crash: (error: Error) => void
  }[] = []
  const start = (signal: AbortSignal) =>
    new Promise<string>((land, crash) => {
      started.push({ signal, land, crash })
    })
  return { started, start }
}

t.test('those who ask for the same at once share one flight', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const all = Promise.all(Array.from({ length: 500 }, () => flights.join('a', forever, start)))
  t.equal(started.length, 1)
  t.equal(flights.size, 1)
  started[0]?.land('landed')
  const results = await all
  t.ok(results.every(({ value }) => value === 'landed'))
  t.equal(results.filter(({ joined }) => !joined).length, 1)
  t.equal(flights.size, 0)
})

t.test('other keys are other flights', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const both = Promise.all(['a', 'b'].map((key) => flights.join(key, forever, start)))
  t.equal(flights.size, 2)
  started.forEach(({ land }, index) => {
    land(`${index}`)
  })
  t.strictSame(
    (await both).map(({ value }) => value),
    ['0', '1'],
  )
})

t.test('a failure reaches everyone who waits, and the next one starts anew', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const error = new Error('crashed')
  const all = [1, 2, 3].map(() => flights.join('a', forever, start))
  started[0]?.crash(error)
  for (const one of all) await t.rejects(one, error)
  t.equal(flights.size, 0)
  const next = flights.join('a', forever, start)
  t.equal(started.length, 2)
  started[1]?.land('landed')
  t.strictSame(await next, { value: 'landed', joined: false })
})

t.test('a start that fails at once fails the one who joined', async (t) => {
  const flights = createFlights<string>()
  await t.rejects(
    flights.join('a', forever, async () => {
      throw new Error('at once')
    }),
    { message: 'at once' },
  )
  t.equal(flights.size, 0)
})

t.test('is ended only when the last one leaves, with that one’s reason', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const [first, second] = [new AbortController(), new AbortController()]
  const left = flights.join('a', first.signal, start)
  const stayed = flights.join('a', second.signal, start)
  first.abort(new Error('first left'))
  await t.rejects(left, { message: 'first left' })
  t.notOk(started[0]?.signal.aborted)
  t.equal(flights.size, 1)
  second.abort(new Error('last left'))
  await t.rejects(stayed, { message: 'last left' })
  t.ok(started[0]?.signal.aborted)
  t.match(started[0]?.signal.reason, { message: 'last left' })
  t.equal(flights.size, 0)
})

t.test('one who stays gets the result that the others did not wait for', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const controller = new AbortController()
  const left = flights.join('a', controller.signal, start)
  const stayed = flights.join('a', forever, start)
  controller.abort(new Error('left'))
  await t.rejects(left, { message: 'left' })
  started[0]?.land('landed')
  t.strictSame(await stayed, { value: 'landed', joined: true })
})

t.test('who comes after the last one left gets a flight of their own', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const controller = new AbortController()
  const left = flights.join('a', controller.signal, start)
  controller.abort(new Error('left'))
  await t.rejects(left, { message: 'left' })
  const next = flights.join('a', forever, start)
  t.equal(started.length, 2)
  started[0]?.crash(new Error('of the ended flight'))
  await turn()
  t.equal(flights.size, 1, 'the ended flight takes no other off the list')
  started[1]?.land('landed')
  t.strictSame(await next, { value: 'landed', joined: false })
})

t.test('who has left already starts nothing', async (t) => {
  const flights = createFlights<string>()
  const { started, start } = airport()
  const gone = AbortSignal.abort(new Error('gone'))
  await t.rejects(flights.join('a', gone, start), { message: 'gone' })
  t.equal(started.length, 0)
})

t.test(
  'one that cannot be given up any more goes on without viewers, and can be joined',
  async (t) => {
    const flights = createFlights<string>()
    const leaver = new AbortController()
    let signal: AbortSignal | undefined
    let land: (value: string) => void = () => {}
    const start = (given: AbortSignal, hold: () => void) => {
      signal = given
      hold()
      return new Promise<string>((resolve) => {
        land = resolve
      })
    }
    const left = flights.join('a', leaver.signal, start)
    leaver.abort(new Error('left'))
    await t.rejects(left, { message: 'left' })
    t.equal(signal?.aborted, false)
    t.equal(flights.size, 1)
    const next = flights.join('a', forever, () => Promise.reject(new Error('started anew')))
    land('landed')
    t.strictSame(await next, { value: 'landed', joined: true })
    t.equal(flights.size, 0)
  },
)

t.test('one that fails with nobody waiting is no unhandled rejection', async (t) => {
  const flights = createFlights<string>()
  const leaver = new AbortController()
  let crash: (error: Error) => void = () => {}
  const left = flights.join('a', leaver.signal, (_, hold) => {
    hold()
    return new Promise<string>((_, reject) => {
      crash = reject
    })
  })
  leaver.abort(new Error('left'))
  await t.rejects(left, { message: 'left' })
  crash(new Error('crashed'))
  await turn()
  t.equal(flights.size, 0)
})
