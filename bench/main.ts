import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { lockFolder } from '../infra/local/folder-lock.ts'
import { readArgumentsOrExit, startOrExit } from './arguments.ts'
import { createBench } from './bench.ts'
import { parseCommandLine, usage } from './command-line.ts'
import { exitOnSignals } from './exit-on-signals.ts'
import { describeMachine, splitProcessors } from './machine.ts'
import { pinSelf } from './processes/pin-self.ts'
import { scenarios } from './scenarios/scenarios.ts'

const options = readArgumentsOrExit(parseCommandLine, usage)
const pinned = splitProcessors()
const machine = describeMachine(pinned)
if (pinned) await startOrExit(async () => pinSelf(pinned.others))

const folder = resolve('bench', 'out')
const folders = {
  pictures: resolve(folder, 'pictures'),
  peers: resolve(folder, 'peers'),
  data: resolve(folder, 'data'),
  results: resolve(folder, 'results'),
}
await startOrExit(() =>
  lockFolder(folder, 'another bench, and two disturb each other; wait for its end'),
)
exitOnSignals()
await mkdir(folders.results, { recursive: true })
const { bench, save } = createBench({ options, pinned, folders }, machine)
for (const name of options.scenarios) {
  await scenarios[name](bench)
  bench.progress(`results: ${await save(options.scenarios.length > 1 ? 'all' : name)}`)
}
