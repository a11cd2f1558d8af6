import t from 'tap'
import { parseSoakArguments } from '../../bench/trials/soak-arguments.ts'
import { growth } from '../../bench/trials/soak-growth.ts'

t.test('without arguments 20,000 variants are asked of a service started here', async (t) => {
  t.strictSame(parseSoakArguments([]), {
    count: 20_000,
    inFlight: 16,
    docker: false,
    port: 3999,
    url: undefined,
  })
})

t.test('what can be neither asked for nor measured is refused with its name', async (t) => {
  t.throws(() => parseSoakArguments(['--count', 'abc']), /--count must be a whole number/)
  t.throws(() => parseSoakArguments(['--count', '0']), /--count/)
  t.throws(() => parseSoakArguments(['--in-flight', '0']), /--in-flight/)
  t.throws(() => parseSoakArguments(['--in-flight', '1.5']), /--in-flight/)
  t.throws(() => parseSoakArguments(['--help']), /--help/)
  t.throws(() => parseSoakArguments(['photo.jpg']), /photo\.jpg/)
})

t.test('memory grows by the highest of the last third over that of the middle one', async (t) => {
  t.equal(growth([[900], [100, 200], [150, 210]]), 1.05)
})

t.test('nothing is said of a third that was not sampled', async (t) => {
  t.equal(growth([[100], [], []]), undefined)
  t.equal(growth([[100], [], [100]]), undefined)
  t.equal(growth([[100], [100], []]), undefined)
})
