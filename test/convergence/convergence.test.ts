import fc from 'fast-check'
import t from 'tap'
import { play } from './model.ts'
import { scenarios } from './scenarios.ts'

/** `INTERLEAVINGS=1000000 npx tap run test/convergence/convergence.test.ts` looks further. */
const interleavings = Number(process.env.INTERLEAVINGS ?? 10_000)

t.test('comes to rest with nothing stale, whatever interleaves', async (t) => {
  let steps = 0
  const report = await fc.check(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { flaws, trace } = await play(scenario)
      steps += trace.length
      if (flaws.length > 0) throw new Error([...flaws, '', ...trace].join('\n'))
    }),
    { numRuns: interleavings },
  )
  t.comment(`${report.numRuns} interleavings of ${steps} steps, seed ${report.seed}`)
  t.notOk(report.failed, fc.defaultReportMessage(report) ?? 'no counterexample')
})
