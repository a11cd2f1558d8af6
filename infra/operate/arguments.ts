import { parseArgs } from 'node:util'
import { parseVariantName, type Variant } from '../../service/image-key.ts'
import { httpUrl } from '../../service/settings.ts'

/** What the operator wants. */
export type Command =
  | { name: 'audit'; delete: boolean; json: boolean }
  | { name: 'mirror'; json: boolean }
  | { name: 'purge'; keys: readonly string[]; delete: boolean; json: boolean }
  | {
      name: 'warm'
      keys: readonly string[]
      /** Without a slash at its end. */
      url: string | undefined
      dimensions: readonly Variant[] | undefined
      json: boolean
    }

export const usage = `Usage: npm run images -- <command> [options]

  audit [--delete]            tells which variants are stale, orphaned or outside the
                              allowlist, with their bytes; --delete takes them away
  purge <key…> [--delete]     tells the variants of originals; --delete takes them away
  mirror                      copies the originals in ORIGINAL_BUCKET that have no copy in BUCKET,
                              or an outdated one: those from before the sync Lambda listened
  warm <key…> [--url URL] [--dimensions 150x200,…]
                              has the variants of originals made and stored, through the
                              distribution at URL (default: CDN_URL)

  --json                      one JSON document a line instead of text
  -                           as a key: read keys from standard input, one a line

It reads the service's environment (BUCKET, KEY_PREFIXES, ALLOWED_DIMENSIONS, …); mirror that of the
sync Lambda (BUCKET, ORIGINAL_BUCKET, KEY_PREFIXES, CACHE_CONTROL, CACHE_TAGS). Set
CF_DistributionId only where no sync Lambda listens to the origin bucket: it invalidates what is
taken away by itself.
`

/** What each command takes besides `--json`. */
const optionsOf: Readonly<Record<Command['name'], readonly string[]>> = {
  audit: ['delete'],
  mirror: [],
  purge: ['delete'],
  warm: ['url', 'dimensions'],
}

/**
 * Reads the command line.
 * @throws Error that says what is wrong
 */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      delete: { type: 'boolean' },
      json: { type: 'boolean' },
      url: { type: 'string' },
      dimensions: { type: 'string' },
    },
  })
  const [name, ...keys] = positionals
  refuseOthersOptions(name, Object.keys(values))
  const { delete: remove = false, json = false, url, dimensions } = values
  switch (name) {
    case 'audit':
      if (keys.length > 0) throw new Error('audit takes no key')
      return { name, delete: remove, json }
    case 'mirror':
      if (keys.length > 0) throw new Error('mirror takes no key')
      return { name, json }
    case 'purge':
      if (keys.length === 0) throw new Error('purge takes at least one key of an original')
      return { name, keys, delete: remove, json }
    case 'warm':
      if (keys.length === 0) throw new Error('warm takes at least one key of an original')
      return {
        name,
        keys,
        url: baseUrl(url),
        dimensions: dimensions?.split(',').map(variant),
        json,
      }
    default:
      throw new Error(name ? `there is no command "${name}"` : 'there is no command')
  }
}

/** An option passed over in silence would do more than was asked: `purge --dimensions`, all of them. */
function refuseOthersOptions(name: string | undefined, given: readonly string[]): void {
  const own = Object.entries(optionsOf).find(([command]) => command === name)?.[1]
  const other = own && given.find((option) => option !== 'json' && !own.includes(option))
  if (other) throw new Error(`${name} takes no --${other}`)
}

function baseUrl(url: string | undefined): string | undefined {
  const { name, read } = httpUrl('--url')
  try {
    return read(url)
  } catch (error) {
    throw new Error(`${name} ${(error as Error).message}`)
  }
}

function variant(name: string): Variant {
  const parsed = parseVariantName(name.trim())
  if (!parsed) throw new Error(`"${name}" must be <width>x<height>, such as 150x200`)
  return parsed
}
