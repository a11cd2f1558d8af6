import t from 'tap'
import { takeAway } from '../../../infra/operate/take-away.ts'
import { createInvalidations, invalidationPolicy } from '../../../service/invalidations.ts'
import { recordingCdn } from '../../helper.ts'
import { fullHead, memoryBuckets } from '../sync/memory-buckets.ts'

t.test('takes away no faster than the cache can be told', async (t) => {
  const keys = Array.from({ length: 3000 }, (_, index) => `img/1x1/${index}.png`)
  const { origin } = memoryBuckets(
    {},
    Object.fromEntries(keys.map((key) => [key, fullHead('"a"')])),
  )
  const cdn = recordingCdn()
  const lost: string[] = []
  const invalidations = createInvalidations(
    cdn,
    (failure, items) => lost.push(`${failure} ${items}`),
    { ...invalidationPolicy, maxQueue: 2000, paceMs: 0, maxWaitMs: 0 },
  )
  for (const key of keys) {
    await takeAway({ origin, invalidations }, key, async () => true)
  }
  await invalidations.flush()
  t.strictSame(lost, [])
  t.strictSame(
    cdn.invalidated.flat(),
    keys.map((key) => `/${key}`),
  )
})
