import fc from 'fast-check'
import { play } from './model.ts'
import { scenarios } from './scenarios.ts'
import { weakenings } from './weakenings.ts'

/** What to look for. */
export interface Search {
  interleavings: number
  seed: number
  /** Name of a protection to take out; none for the system as it is. */
  without?: string
  about?: 'anything' | 'original'
}

/** What was found; `counterexample` says what was wrong, and the steps that led there. */
export interface Finding {
  interleavings: number
  steps: number
  counterexample: string[] | undefined
}

/** Smaller scenarios tried after a counterexample; what is found by then is short enough. */
const mostShrinks = 2_000

/** Plays interleavings until one comes to rest with a flaw, and shrinks that one. */
export async function search({
  interleavings,
  seed,
  without,
  about = 'anything',
}: Search): Promise<Finding> {
  const weakening = without === undefined ? undefined : weakenings[without]
  if (without !== undefined && !weakening) throw new Error(`no protection is called ${without}`)
  let steps = 0
  let shrinks: number | undefined
  const property = fc.asyncProperty(scenarios(about), async (scenario) => {
    if (shrinks !== undefined && ++shrinks > mostShrinks) return true
    const { flaws, trace } = await play(scenario, weakening)
    steps += trace.length
    if (flaws.length > 0) shrinks ??= 0
    return flaws.length === 0
  })
  const report = await fc.check(property, { numRuns: interleavings, seed })
  const [scenario] = report.counterexample ?? []
  if (!scenario) return { interleavings: report.numRuns, steps, counterexample: undefined }
  const { flaws, trace } = await play(scenario, weakening)
  return { interleavings: report.numRuns, steps, counterexample: [...flaws, ...trace] }
}
