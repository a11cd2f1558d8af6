import { parseArgs } from 'node:util'
import { wholeNumber } from '../arguments.ts'

/** How to call it. */
export const usage = `npm run soak -- [options]

  --count <n>      new variants (20000)
  --in-flight <n>  of them asked for at once (16)
  --docker         soaks the production image in a container of 2 GB, at --port (3999)
  --url <url>      soaks a service that runs already and allows all dimensions and types;
                   BUCKET and the SDK's variables say where its bucket is
`

/**
 * Reads the arguments behind the command.
 * @throws Error that says what is wrong
 */
export function parseSoakArguments(args: readonly string[]) {
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
  return {
    count: wholeNumber('--count', values.count),
    inFlight: wholeNumber('--in-flight', values['in-flight']),
    docker: values.docker,
    port: wholeNumber('--port', values.port),
    url: values.url,
  }
}
