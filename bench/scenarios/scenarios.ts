import type { Bench } from '../bench.ts'
import type { ScenarioName } from '../command-line.ts'
import { coalescing } from './coalescing.ts'
import { memory } from './memory.ts'
import { overhead } from './overhead.ts'
import { overload } from './overload.ts'
import { peers } from './peers.ts'
import { profile } from './profile.ts'
import { saturation } from './saturation.ts'
import { threads } from './threads.ts'

/** What each name of a scenario measures. */
export const scenarios: Readonly<Record<ScenarioName, (bench: Bench) => Promise<void>>> = {
  saturation,
  overhead,
  overload,
  coalescing,
  memory,
  threads,
  peers,
  profile,
}
