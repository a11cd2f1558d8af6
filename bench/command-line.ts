import { parseArgs } from 'node:util'

/** What can be measured. */
const scenarioNames = [
  'saturation',
  'overhead',
  'overload',
  'coalescing',
  'memory',
  'threads',
  'peers',
  'profile',
] as const

/** The name of a scenario. */
export type ScenarioName = (typeof scenarioNames)[number]

/** Another server to measure: its name and a URL with `{file}`, `{n}`, `{width}`, `{height}`. */
interface Peer {
  name: string
  url: string
}

/** What the command line says. */
export interface Options {
  scenarios: readonly ScenarioName[]
  /** Seconds of one measurement, and of the overload. */
  seconds: number
  overloadSeconds: number
  /** How often each measurement is repeated, in turn with those it is compared with. */
  rounds: number
  /** A measurement from which a hypervisor took a greater share, from 0 to 1, is repeated. */
  maxStolen: number
  peers: readonly Peer[]
}

/** How to call it. */
export const usage = `npm run bench -- [scenario…] [options]

scenarios: ${scenarioNames.join(', ')}; without one, all but profile

  --seconds <n>          of one measurement (5)
  --overload-seconds <n> of the overload (60)
  --rounds <n>           of each comparison; the mean of their middle half is told (5)
  --max-stolen <percent> measures again what lost more of its processors' time to a hypervisor,
                         ten times at most (100: nothing)
  --peer <name>=<url>    another server, with its originals in bench/out/data/origin/img:
                         {file} is the original's name, {n} its number, {width} and {height}
                         what is asked for; may be given again
`

/**
 * Reads the arguments behind the command.
 * @throws Error that says what is wrong
 */
export function parseCommandLine(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      'overload-seconds': { type: 'string', default: '60' },
      rounds: { type: 'string', default: '5' },
      'max-stolen': { type: 'string', default: '100' },
      peer: { type: 'string', multiple: true, default: [] },
    },
  })
  const all = scenarioNames.filter((name) => name !== 'profile')
  return {
    scenarios: positionals.length > 0 ? positionals.map(scenarioName) : all,
    seconds: positive('--seconds', values.seconds),
    overloadSeconds: positive('--overload-seconds', values['overload-seconds']),
    rounds: Math.ceil(positive('--rounds', values.rounds)),
    maxStolen: positive('--max-stolen', values['max-stolen']) / 100,
    peers: values.peer.map(peer),
  }
}

function scenarioName(text: string): ScenarioName {
  const name = scenarioNames.find((candidate) => candidate === text)
  if (!name) throw new Error(`there is no scenario "${text}"`)
  return name
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) {
    throw new Error(`${option} must be a number above 0, not "${text}"`)
  }
  return value
}

function peer(text: string): Peer {
  const [, name, url] = /^([^=]+)=(http:\/\/.+)$/.exec(text) ?? []
  if (!name || !url) throw new Error(`--peer must be <name>=http://…, not "${text}"`)
  return { name, url }
}
