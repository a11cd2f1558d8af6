import t from 'tap'
import type { Search } from './search.ts'
import { startSearcher } from './searcher.ts'
import { weakenings } from './weakenings.ts'

/** What the system cannot do without, and where to look for the proof. */
const needed: Readonly<Record<string, Partial<Search>>> = {
  'judgement of written variants': {},
  'second look and judgement': {},
  'purge after the copy': {},
  'removal before the invalidation': {},
  'conditions of write-back': {},
  'condition on the source of a copy': { about: 'original' },
  'condition on the target of a copy': { about: 'original' },
  'second look of the mirror': {},
  'mark of a replaced variant': {},
  'mark of a replaced copy': {},
  'word of a removal': {},
  'path beside the tag': { about: 'original' },
  'cache that drops what is under way': {},
}

/**
 * What only shortens the time that something stale is there, or saves work: without the service's
 * second look the judgement of the written variant takes it away, a little later; without
 * conditions a removal can hit a good variant, which is made again.
 */
const covered = ['second look of the service', 'conditions of removals']

const searcher = startSearcher()
t.teardown(() => searcher.stop())

t.strictSame([...Object.keys(needed), ...covered].sort(), Object.keys(weakenings).sort())

for (const [without, where] of Object.entries(needed)) {
  t.test(`does not come to rest without the ${without}`, async (t) => {
    const found = await searcher.search({ interleavings: 30_000, seed: 1, without, ...where })
    t.ok(found.counterexample, `found after ${found.interleavings} interleavings`)
    for (const line of found.counterexample ?? []) t.comment(line)
  })
}

for (const without of covered) {
  t.test(`comes to rest without the ${without}`, async (t) => {
    const found = await searcher.search({ interleavings: 1_500, seed: 1, without })
    t.equal(found.counterexample?.join('\n'), undefined)
  })
}
