import { parseArgs } from 'node:util'
import { type Environment, httpUrl } from '../../service/settings.ts'
import { wholeNumber } from '../arguments.ts'

/** How to call it. */
export const usage = `npm run soak -- [options]

  --count <n>      new variants (20000)
  --in-flight <n>  of them asked for at once (16)
  --docker         soaks the production image in a container of 2 GB, at --port (3999)
  --url <url>      soaks a service that runs already and allows all dimensions and types;
                   BUCKET and the SDK's variables say where its bucket is:
                   BUCKET=origin AWS_REGION=us-east-1 npm run soak -- --url http://localhost:3000
`

/** A service that runs already, by its URL without a slash at its end, and its origin bucket. */
export interface Remote {
  url: string
  bucket: string
}

/**
 * Reads the arguments behind the command, and what else of the environment it needs.
 * @throws Error that says what is wrong
 */
export function parseSoakArguments(args: readonly string[], env: Environment) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '20000' },
      'in-flight': { type: 'string', default: '16' },
      docker: { type: 'boolean', default: false },
      port: { type: 'string', default: '3999' },
      url: { type: 'string' },
    },
  })
  if (values.docker && values.url !== undefined) {
    throw new Error('--docker starts a service, and --url names one that runs: give one of them')
  }
  const port = wholeNumber('--port', values.port)
  if (port > 65_535) throw new Error(`--port must be 65535 at most, not "${values.port}"`)
  return {
    count: wholeNumber('--count', values.count),
    inFlight: wholeNumber('--in-flight', values['in-flight']),
    docker: values.docker,
    port,
    remote: remoteOf(values.url, env.BUCKET?.trim()),
  }
}

function remoteOf(text: string | undefined, bucket: string | undefined): Remote | undefined {
  if (text === undefined) return undefined
  const url = urlOf(text)
  if (!bucket) throw new Error('--url: the variable BUCKET must name the origin bucket behind it')
  return { url, bucket }
}

function urlOf(text: string): string {
  const { name, read } = httpUrl('--url')
  try {
    return read(text) as string
  } catch (error) {
    throw new Error(`${name} ${(error as Error).message}`)
  }
}
