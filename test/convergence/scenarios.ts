import fc from 'fast-check'
import type { Deed, Scenario } from './model.ts'
import type { Choice, Fault } from './schedule.ts'
import { originalKey, variantKeys } from './world.ts'

const faults: readonly (Fault | undefined)[] = [
  ...new Array(13).fill(undefined),
  'crash',
  'lost-answer',
  'refused',
]

/** One number for both halves of a choice: it shrinks towards the oldest step, unharmed. */
const choice: fc.Arbitrary<Choice> = fc
  .nat(16 * 256 - 1)
  .map((number) => ({ pick: number % 256, fault: faults[number >> 8] }))

const upload: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('upload' as const),
  // Few bodies, so that earlier bytes come back; `b` gives the variants of `B`.
  body: fc.constantFrom('A', 'B', 'b'),
  contentType: fc.constantFrom('image/png', 'image/x-png'),
})

const view: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('view' as const),
  key: fc.constantFrom(...variantKeys, originalKey),
})

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: upload },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'remove' }) },
  { weight: 4, arbitrary: view },
)

/** Worlds, deeds and interleavings of any kind. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 7 }),
  begun: fc.boolean(),
  cacheTags: fc.boolean(),
  choices: fc.array(choice, { maxLength: 150, size: 'max' }),
})
