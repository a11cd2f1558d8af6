import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SettingsError } from '../../service/settings.ts'
import { whenOrphaned } from '../orphaned.ts'
import { withoutSdkWarning } from '../sdk-warning.ts'
import { whenInterrupted } from '../when-interrupted.ts'
import { addressTable } from './address-table.ts'
import { exampleImage, samplePrefix } from './example.ts'
import { type Laptop, startLaptop } from './laptop.ts'
import { bucketNames, type LaptopSettings, readLaptopSettings } from './laptop-settings.ts'
import { createLogLines } from './log-lines.ts'

const settings = readSettingsOrExit()
const example = exampleImage(settings)
// Programs get the log as it is, humans in short.
const logLines = process.stdout.isTTY ? createLogLines(process.stdout) : undefined
Object.assign(process.env, withoutSdkWarning)

let isStopping = false
const starting = startLaptop({
  settings,
  environment: process.env,
  output: logLines ?? process.stdout,
})
whenInterrupted(stop)
whenOrphaned(process.env, stop)
// Whoever read the log has gone.
for (const stream of [process.stdout, process.stderr]) stream.on('error', stop)

const samples = drawSamples()
samples.catch(() => undefined)

try {
  const laptop = await starting
  laptop.serviceEnded.then(({ code, signal }) => {
    if (!isStopping) fail(`The service ended with ${signal ?? `code ${code}`}.`, laptop)
  })
  await exampleIsThere(laptop)
  if (!isStopping) {
    const table = addressTable(laptop.addresses, settings.dataDirectory, example)
    if (logLines) logLines.open(table)
    else process.stdout.write(table)
  }
  await samples.catch((error: Error) => {
    process.stderr.write(`The sample pictures cannot be made: ${error.message}\n`)
  })
} catch (error) {
  fail((error as Error).message)
}

function readSettingsOrExit(): LaptopSettings {
  try {
    return readLaptopSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

/** The first picture is drawn while the servers start; the larger ones would take their time away. */
async function drawSamples(): Promise<void> {
  const { makeSamples } = await import('./samples.ts')
  const directory = join(settings.dataDirectory, bucketNames.original)
  const prefix = samplePrefix(settings.keyPrefixes)
  await makeSamples(directory, prefix, 1)
  await starting
  await makeSamples(directory, prefix)
}

/** Waits, for some seconds at most, until the picture of the printed line has been copied. */
async function exampleIsThere({ buckets }: Laptop): Promise<void> {
  for (let look = 0; example && look < 100 && !isStopping; look++) {
    if (await buckets.origin.head(example.original)) return
    await sleep(50)
  }
}

function stop(): void {
  if (isStopping) return
  isStopping = true
  starting
    .then((laptop) => laptop.stop())
    .then(samplesDone)
    .then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    )
}

function fail(message: string, laptop?: Laptop): void {
  isStopping = true
  process.stderr.write(`${message}\n`)
  const stopped = laptop?.stop() ?? Promise.resolve()
  stopped.finally(samplesDone).finally(() => process.exit(1))
}

/** A half-made picture is taken away by its maker. */
function samplesDone(): Promise<unknown> {
  return samples.catch(() => undefined)
}
