import t from 'tap'
import { mostImages } from '../../bench/scenarios/arena.ts'

t.test('there are originals for all that can be answered, on a large machine, too', async (t) => {
  t.ok(mostImages(1, 15) >= 16 * 250, 'those of the ramp included')
  t.ok(mostImages(16, 15) >= 16 * 1_000)
  t.equal(mostImages(64, 15), mostImages(16, 15), 'the main thread makes no more')
})
