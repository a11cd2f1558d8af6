import fc from 'fast-check'
import type { Deed, Scenario } from './model.ts'
import type { Choice, Fault } from './schedule.ts'
import { originalKey, variantKeys } from './world.ts'

/** Most steps go well. */
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('crash', 'lost-answer', 'refused') },
)

/**
 * How long an actor goes on undisturbed decides how far histories get and how deep races reach:
 * runs of few switches find what waits long, runs of many what is entangled.
 */
function choices(undisturbed: number): fc.Arbitrary<Choice[]> {
  const pick = fc.oneof(
    { weight: undisturbed, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(255) },
  )
  return fc.array(fc.record({ pick, fault }), { maxLength: 150, size: 'max' })
}

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

const ask: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('ask' as const),
  key: fc.constantFrom(...variantKeys),
})

const remove: fc.Arbitrary<Deed> = fc.constant({ kind: 'remove' })
const viewOriginal: fc.Arbitrary<Deed> = fc.constant({ kind: 'view', key: originalKey })

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: upload },
  { weight: 1, arbitrary: remove },
  { weight: 3, arbitrary: view },
  { weight: 2, arbitrary: ask },
)

/** Races of the mirror are deep; they are found where nothing else goes on. */
const deedOfOriginal: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: upload },
  { weight: 1, arbitrary: remove },
  { weight: 2, arbitrary: viewOriginal },
)

const anything = fc.array(deed, { minLength: 2, maxLength: 8, size: 'max' })
const onlyOriginal = fc.array(deedOfOriginal, { minLength: 2, maxLength: 5, size: 'max' })

/**
 * Worlds, deeds and interleavings.
 * @param about `original` for those in which nobody wants a variant
 */
export function scenarios(about: 'anything' | 'original'): fc.Arbitrary<Scenario> {
  const mixed = fc.oneof({ weight: 3, arbitrary: anything }, { weight: 1, arbitrary: onlyOriginal })
  return fc.record({
    deeds: about === 'original' ? onlyOriginal : mixed,
    begun: fc.boolean(),
    cacheTags: fc.boolean(),
    untagged: fc.boolean(),
    choices: fc.oneof(choices(1), choices(4), choices(12)),
  })
}
