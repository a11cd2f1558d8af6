import { withoutSdkWarning } from '../../infra/sdk-warning.ts'
import { readArgumentsOrExit, startOrExit } from '../arguments.ts'
import { exitOnSignals } from '../exit-on-signals.ts'
import { formatTable } from '../report/table.ts'
import { runSoak, type Soaked } from './run-soak.ts'
import { parseSoakArguments, usage } from './soak-arguments.ts'
import { growth, highest } from './soak-growth.ts'
import { soakPictures } from './soak-pictures.ts'
import { containerSubject, processSubject, remoteSubject, type Subject } from './soak-subject.ts'

/**
 * New variants of many kinds of pictures, one after the other, and what becomes of the service's
 * memory: the highest of the last third must be within a tenth of that of the middle third. Ends
 * with code 1 where it is not, or where anything failed.
 */
const { count, inFlight, docker, port, remote } = readArgumentsOrExit(
  (args) => parseSoakArguments(args, process.env),
  usage,
)
Object.assign(process.env, withoutSdkWarning)
exitOnSignals()
// A folder of its own, so that all is new where a soak was before.
const folder = `soak-${Date.now().toString(36)}`
const { subject, names } = await startOrExit(start)
const soaked = await runSoak(subject, folder, names, { count, inFlight })
const inOrder = await subject.stop()
process.exitCode = report(soaked)

async function start(): Promise<{ subject: Subject; names: string[] }> {
  const subject = remote
    ? await remoteSubject(remote)
    : docker
      ? await containerSubject(port)
      : await processSubject()
  const pictures = await soakPictures()
  for (const [name, bytes] of pictures) await subject.upload(`img/${folder}/${name}`, bytes)
  return { subject, names: [...pictures.keys()] }
}

function report({ failures, samples, seconds, written, after }: Soaked): 0 | 1 {
  const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const thirds = [0, 1, 2].map((third) =>
    samples
      .filter((sample) => Math.min(2, Math.floor((sample.done * 3) / count)) === third)
      .map(({ bytes }) => bytes),
  )
  const grown = growth(thirds)
  const plateau = grown !== undefined && grown <= 1.1
  const rows = thirds.map((bytes, i) => [
    ['first', 'middle', 'last'][i],
    bytes.length,
    mebibytes(-highest(bytes.map((one) => -one))),
    mebibytes(bytes.reduce((sum, one) => sum + one, 0) / bytes.length),
    mebibytes(highest(bytes)),
  ])
  const notes = [
    `${count} new variants of ${names.length} kinds in ${Math.round(seconds)} s, ${(count / seconds).toFixed(1)} a second; memory afterwards ${after === undefined ? 'unknown' : `${mebibytes(after)} MiB`}.`,
    grown === undefined
      ? 'Plateau: not to be told of so few; a third has no sample.'
      : `Plateau: ${plateau ? 'yes' : 'no'} (the last third's highest is ${grown.toFixed(2)} of the middle third's).`,
    `Failed: ${failures.length}. Written back: ${written ?? 'unknown'}. Ended in good order: ${inOrder ? 'yes' : 'no'}.`,
    ...failures.slice(0, 10),
  ]
  const columns = ['third', 'samples', 'lowest MiB', 'mean MiB', 'highest MiB']
  process.stdout.write(formatTable({ title: 'Soak: resident memory', columns, rows, notes }))
  return plateau && failures.length === 0 && written === count && inOrder ? 0 : 1
}
