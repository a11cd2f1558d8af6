import t from 'tap'
import { createRecent } from '../../service/recent.ts'

/** A result whose original was read when it is set, unless it says otherwise. */
const result = (sourceEtag: string, bytes = 10, readAt = Number.NaN) => ({
  body: Buffer.alloc(bytes),
  original: 'img/x.png',
  sourceEtag,
  readAt,
})
type Result = ReturnType<typeof result>

/** Results over a clock and a store that the test moves. */
function setUp(maxBytes = 1_000) {
  const state = { now: 1_000_000, etag: '"a"' as string | undefined, heads: 0 }
  const released: Buffer[] = []
  let answer: (() => void)[] | undefined
  const head = async () => {
    state.heads++
    const { etag } = state
    if (answer) await new Promise<void>((resolve) => answer?.push(resolve))
    if (etag === 'fails') throw new Error('the store failed')
    return etag === undefined ? undefined : { etag }
  }
  const made = createRecent<Result>(
    head,
    maxBytes,
    (body) => released.push(body),
    () => state.now,
  )
  const set = (key: string, value: Result) => {
    if (Number.isNaN(value.readAt)) value.readAt = state.now
    made.set(key, value)
  }
  const hold = () => {
    answer = []
    return () => {
      const held = answer ?? []
      answer = undefined
      for (const resolve of held) resolve()
    }
  }
  return { recent: { ...made, set }, state, released, hold }
}

/** A result at whose original `first` looks, without an answer until `release`. */
function duringLook() {
  const { recent, state, hold } = setUp()
  recent.set('k', result('"a"'))
  state.now += 1_000
  const release = hold()
  return { recent, state, release, first: recent.get('k') }
}

t.test('knows nothing that was not set', async (t) => {
  const { recent, state } = setUp()
  t.equal(await recent.get('k'), undefined)
  t.equal(state.heads, 0)
})

t.test('is trusted no longer than for a second from when its original was read', async (t) => {
  const { recent, state } = setUp()
  const { now } = state
  state.now += 600
  recent.set('k', result('"a"', 10, now))
  state.now += 399
  t.ok(await recent.get('k'))
  t.equal(state.heads, 0)
  state.now += 1
  state.etag = '"b"'
  t.equal(await recent.get('k'), undefined)
  t.equal(state.heads, 1)
})

t.test('is trusted for a second without a look at the original', async (t) => {
  const { recent, state } = setUp()
  const value = result('"a"')
  recent.set('k', value)
  state.now += 999
  t.equal(await recent.get('k'), value)
  t.equal(state.heads, 0)
  state.now += 1
  t.equal(await recent.get('k'), value)
  t.equal(state.heads, 1, 'then the original is looked at')
  state.now += 999
  t.equal(await recent.get('k'), value)
  t.equal(state.heads, 1, 'and trusted again')
})

for (const [what, etag] of [
  ['changed', '"b"'],
  ['gone', undefined],
  ['out of reach', 'fails'],
] as const) {
  t.test(`is forgotten when its original is ${what}`, async (t) => {
    const { recent, state } = setUp()
    recent.set('k', result('"a"'))
    state.now += 1_000
    state.etag = etag
    t.equal(await recent.get('k'), undefined)
    state.etag = '"a"'
    t.equal(await recent.get('k'), undefined)
    t.equal(state.heads, 1)
  })
}

t.test('those who ask at once share one look', async (t) => {
  const { recent, state, hold } = setUp()
  const value = result('"a"')
  recent.set('k', value)
  state.now += 1_000
  const release = hold()
  const all = Promise.all(Array.from({ length: 50 }, () => recent.get('k')))
  release()
  t.ok((await all).every((one) => one === value))
  t.equal(state.heads, 1)
})

t.test('none of those who ask at once gets what turned out to be changed', async (t) => {
  const { recent, state, hold } = setUp()
  recent.set('k', result('"a"'))
  state.now += 1_000
  state.etag = '"b"'
  const release = hold()
  const both = Promise.all([recent.get('k'), recent.get('k')])
  release()
  t.strictSame(await both, [undefined, undefined])
  t.equal(await recent.get('k'), undefined)
  t.equal(state.heads, 1)
})

t.test('a result set during a look that fails is kept', async (t) => {
  const { recent, state, hold } = setUp()
  recent.set('k', result('"a"'))
  state.now += 1_000
  state.etag = '"b"'
  const release = hold()
  const both = [recent.get('k'), recent.get('k')]
  const newer = result('"b"')
  recent.set('k', newer)
  release()
  t.strictSame(await Promise.all(both), [undefined, undefined])
  t.equal(await recent.get('k'), newer)
})

t.test('a slow look is trusted from when it was asked for', async (t) => {
  const { recent, state, release, first } = duringLook()
  state.now += 900
  release()
  await first
  state.now += 100
  await recent.get('k')
  t.equal(state.heads, 2)
})

t.test('a look that another began is trusted from when that was', async (t) => {
  const { recent, state, release, first } = duringLook()
  state.now += 900
  const second = recent.get('k')
  t.equal(state.heads, 1)
  release()
  t.ok(await first)
  t.ok(await second)
  state.now += 100
  await recent.get('k')
  t.equal(state.heads, 2)
})

t.test('who asks a second behind a look that is under way looks again', async (t) => {
  const { recent, state, release, first } = duringLook()
  state.now += 1_000
  state.etag = '"b"'
  const second = recent.get('k')
  t.equal(state.heads, 2)
  release()
  t.ok(await first)
  t.equal(await second, undefined)
  t.equal(await recent.get('k'), undefined, 'and it is forgotten')
})

t.test('is forgotten after ten seconds, however often it is asked for', async (t) => {
  const { recent, state } = setUp()
  recent.set('k', result('"a"'))
  for (let i = 0; i < 9; i++) {
    state.now += 1_000
    t.ok(await recent.get('k'))
  }
  state.now += 1_000
  t.equal(await recent.get('k'), undefined)
  t.equal(state.heads, 9)
})

t.test('the oldest go first when there are too many bytes', async (t) => {
  const { recent } = setUp(30)
  for (const key of ['a', 'b', 'c']) recent.set(key, result('"a"', 10))
  recent.set('a', result('"a"', 10))
  recent.set('d', result('"a"', 1))
  const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => recent.get(key)))
  t.strictSame(
    kept.map((one) => one !== undefined),
    [true, false, true, true],
  )
})

t.test('what is larger than all there is room for is not kept', async (t) => {
  const { recent } = setUp(30)
  recent.set('a', result('"a"', 31))
  t.equal(await recent.get('a'), undefined)
  recent.set('b', result('"a"', 30))
  t.ok(await recent.get('b'))
})

t.test('deleting gives the room back', async (t) => {
  const { recent } = setUp(30)
  const value = result('"a"', 30)
  recent.set('a', value)
  recent.delete('a', value)
  recent.delete('a', value)
  t.equal(await recent.get('a'), undefined)
  recent.set('b', result('"a"', 20))
  recent.set('c', result('"a"', 10))
  t.ok(await recent.get('b'))
})

t.test('deleting a result leaves the one that came after it', async (t) => {
  const { recent } = setUp()
  const [older, newer] = [result('"a"'), result('"b"')]
  recent.set('k', older)
  recent.set('k', newer)
  recent.delete('k', older)
  t.equal(await recent.get('k'), newer)
})

type Forgetting = (setUpOf: ReturnType<typeof setUp>, value: ReturnType<typeof result>) => unknown

const forgettings: Record<string, Forgetting> = {
  deleted: ({ recent }, value) => recent.delete('k', value),
  replaced: ({ recent }) => recent.set('k', result('"a"')),
  'too old': ({ recent, state }) => {
    state.now += 10_000
    return recent.get('k')
  },
  'of a changed original': ({ recent, state }) => {
    state.now += 1_000
    state.etag = '"b"'
    return recent.get('k')
  },
  'one too many': ({ recent }) => recent.set('other', result('"a"', 21)),
}

for (const [how, forget] of Object.entries(forgettings)) {
  t.test(`a result that is ${how} is released, and once`, async (t) => {
    const all = setUp(30)
    const { recent, released } = all
    const value = result('"a"')
    recent.set('k', value)
    t.strictSame(released, [], 'not while it is remembered')
    await forget(all, value)
    recent.delete('k', value)
    await recent.get('k')
    t.equal(released.length, 1)
    t.equal(released[0], value.body)
  })
}

t.test('a result too large to be remembered is released', async (t) => {
  const { recent, released } = setUp(30)
  recent.set('k', result('"a"', 31))
  t.equal(released.length, 1)
})
