import { exitOnClosedPipe } from '../exit-on-closed-pipe.ts'
import { describeExchange } from './describe-exchange.ts'
import { NoAnswer } from './exchange.ts'
import { SmokeFailure } from './expectations.ts'
import { explainSilence } from './hints.ts'
import { smoke } from './smoke.ts'
import { readArguments, type SmokeTarget, usage } from './smoke-arguments.ts'

exitOnClosedPipe()
const target = readArgumentsOrExit()
try {
  await smoke(target, (step, exchange) => {
    process.stdout.write(`${describeExchange(step, exchange)}\n`)
  })
  process.stdout.write('The flow works.\n')
} catch (error) {
  if (!(error instanceof SmokeFailure || error instanceof NoAnswer)) throw error
  process.stderr.write(`The flow does not work.\n${error.message}\n${hintOf(error)}`)
  process.exitCode = 1
}

function readArgumentsOrExit(): SmokeTarget {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

function hintOf(error: SmokeFailure | NoAnswer): string {
  return error instanceof NoAnswer ? `${explainSilence(error, target)}\n` : ''
}
