import { readFile } from 'node:fs/promises'
import t from 'tap'
import { readLaptopSettings } from '../infra/local/laptop-settings.ts'
import { readConfig } from '../service/config.ts'
import type { Environment } from '../service/settings.ts'

const compose = await readFile(new URL('../compose.yaml', import.meta.url), 'utf8')

/** The names in the lines behind the first `start` that stand so many spaces in. */
function namesBehind(start: string, indent: number, text = compose): string[] {
  const lines = text.slice(text.indexOf(start)).split('\n').slice(1)
  const end = lines.findIndex((line) => !line.startsWith(' '.repeat(indent)))
  return lines.slice(0, end).flatMap((line) => /^ +(\w+):/.exec(line)?.[1] ?? [])
}

function environmentOf(service: string): string[] {
  const text = compose.slice(compose.indexOf(`\n  ${service}:\n`))
  return [...namesBehind('x-shared:', 2), ...namesBehind('<<: *shared', 6, text)]
}

/** What `read` asks the environment for and the container of `service` is not told. */
function untold(service: string, read: (environment: Environment) => unknown): string[] {
  const asked = new Set<string>()
  const given: Environment = { BUCKET: 'origin', SERVICE_URL: 'http://service:3000' }
  const get = (_: Environment, name: string) => {
    asked.add(name)
    return given[name]
  }
  read(new Proxy(given, { get }))
  const told = environmentOf(service)
  return [...asked].filter((name) => !told.includes(name)).sort()
}

t.test('each container is told every setting that it reads', async (t) => {
  // The folder is mounted where the image expects it, and the service listens elsewhere.
  t.strictSame(untold('aws', readLaptopSettings), ['DATA_DIR', 'PORT'])
  // The port outside is a matter of the mapping, and each endpoint is told by itself.
  t.strictSame(untold('service', readConfig), ['AWS_ENDPOINT_URL', 'HOST', 'PORT'])
})
