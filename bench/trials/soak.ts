import { setTimeout as sleep } from 'node:timers/promises'
import { extensionOf, formatOf, sniff } from '../../service/formats.ts'
import { readArgumentsOrExit } from '../arguments.ts'
import { endWithCaller } from '../end-with-caller.ts'
import { readMetrics } from '../processes/metrics-text.ts'
import { formatTable } from '../report/table.ts'
import { parseSoakArguments, usage } from './soak-arguments.ts'
import { growth } from './soak-growth.ts'
import { soakPictures } from './soak-pictures.ts'
import { containerSubject, processSubject, remoteSubject } from './soak-subject.ts'

/**
 * New variants of many kinds of pictures, one after the other, and what becomes of the service's
 * memory: the highest of the last third must be within a tenth of that of the middle third. Ends
 * with code 1 where it is not, or where anything failed.
 */
const { count, inFlight, docker, port, url } = readArgumentsOrExit(parseSoakArguments, usage)
endWithCaller()
const pictures = await soakPictures()
// A folder of its own, so that all is new where a soak was before.
const folder = `soak-${Date.now().toString(36)}`
const names = [...pictures.keys()]
const subject = url
  ? remoteSubject(url)
  : docker
    ? await containerSubject(port)
    : await processSubject()
for (const [name, bytes] of pictures) await subject.upload(`img/${folder}/${name}`, bytes)

const writtenBefore = await metric('rightsize_write_backs_total{outcome="written"}')
const failures: string[] = []
const samples: { done: number; bytes: number }[] = []
let next = 0
let done = 0

const sampling = (async () => {
  while (done < count) {
    samples.push({ done, bytes: await metric('rightsize_resident_memory_bytes') })
    subject.log.length = 0
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} `)
    await sleep(200)
  }
})()

const start = performance.now()
await Promise.all(Array.from({ length: inFlight }, work))
const seconds = (performance.now() - start) / 1000
await sampling
const written = await untilWritten()
const after = await metric('rightsize_resident_memory_bytes')
const inOrder = await subject.stop()
process.exitCode = report()

async function metric(name: string): Promise<number> {
  return readMetrics(await (await fetch(`${subject.url}/metrics`)).text(), name)
}

async function work(): Promise<void> {
  while (next < count) {
    const at = next++
    const name = names[at % names.length] as string
    const failure = await askFor(name, Math.floor(at / names.length)).catch(String)
    if (failure) failures.push(`${name}: ${failure}`)
    done++
  }
}

/** 391 and 401 have no common divisor, nor have the factors: no size comes twice in 156,791. */
async function askFor(name: string, turn: number): Promise<string | undefined> {
  const size = `${50 + ((turn * 7919) % 391)}x${50 + ((turn * 104_729) % 401)}`
  const answer = await fetch(`${subject.url}/prod?key=img/${size}/${folder}/${name}`)
  const body = Buffer.from(await answer.arrayBuffer())
  if (answer.status !== 200) return `${size} was answered ${answer.status} ${body}`
  if (sniff(body) !== formatOf(extensionOf(name))) return `${size} is another type`
  return undefined
}

async function untilWritten(): Promise<number> {
  for (let i = 0; i < 300; i++) {
    if ((await metric('rightsize_background_tasks')) === 0) break
    await sleep(100)
  }
  return (await metric('rightsize_write_backs_total{outcome="written"}')) - writtenBefore
}

function report(): 0 | 1 {
  const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const thirds = [0, 1, 2].map((third) =>
    samples
      .filter((sample) => Math.min(2, Math.floor((sample.done * 3) / count)) === third)
      .map(({ bytes }) => bytes),
  )
  const highest = thirds.map((bytes) => Math.max(...bytes))
  const grown = growth(thirds)
  const plateau = grown !== undefined && grown <= 1.1
  const rows = thirds.map((bytes, i) => [
    ['first', 'middle', 'last'][i],
    bytes.length,
    mebibytes(Math.min(...bytes)),
    mebibytes(bytes.reduce((sum, one) => sum + one, 0) / bytes.length),
    mebibytes(highest[i] as number),
  ])
  const notes = [
    `${count} new variants of ${names.length} kinds in ${Math.round(seconds)} s, ${(count / seconds).toFixed(1)} a second; memory afterwards ${mebibytes(after)} MiB.`,
    grown === undefined
      ? 'Plateau: not to be told of so few; a third has no sample.'
      : `Plateau: ${plateau ? 'yes' : 'no'} (the last third's highest is ${grown.toFixed(2)} of the middle third's).`,
    `Failed: ${failures.length}. Written back: ${written}. Ended in good order: ${inOrder ? 'yes' : 'no'}.`,
    ...failures.slice(0, 10),
  ]
  const columns = ['third', 'samples', 'lowest MiB', 'mean MiB', 'highest MiB']
  process.stdout.write(formatTable({ title: 'Soak: resident memory', columns, rows, notes }))
  return plateau && failures.length === 0 && written === count && inOrder ? 0 : 1
}
