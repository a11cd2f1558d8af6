import { parseArgs } from 'node:util'
import { defaultDimensions } from '../../service/config.ts'
import { type ImageKey, parseImageKey } from '../../service/image-key.ts'

/** What is checked, and where. */
export interface SmokeTarget {
  /** Where viewers ask, without a slash at its end. */
  base: string
  /** Variants of one original, of which the first that is not there yet is made. */
  variants: readonly ImageKey[]
  /** Milliseconds to wait for the variant to be stored, and then to be cached. */
  patienceMs: number
}

/** How the command is called. */
export const usage = `npm run smoke -- <base URL> [--key img/x.png] [--variant 150x200] [--prefix img/] [--patience 30]

  <base URL>   where viewers ask: http://localhost:8080, or the stack's DistributionUrl
  --key        an original that is there
  --variant    the dimensions to ask for; without it, the first of the default ones not made yet
  --prefix     the key prefix of the original; without it, its first folder
  --patience   seconds to wait for the variant to be stored, and then to be cached
`

/**
 * Reads the command line.
 * @throws Error that says what is wrong and what is allowed
 */
export function readArguments(args: readonly string[]): SmokeTarget {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      key: { type: 'string', default: 'img/x.png' },
      variant: { type: 'string' },
      prefix: { type: 'string' },
      patience: { type: 'string', default: '30' },
    },
  })
  const prefix = values.prefix ?? values.key.slice(0, values.key.indexOf('/') + 1)
  if (values.prefix !== undefined && !isPrefix(prefix)) {
    throw new Error(`--prefix: must be folders, a slash behind each, as img/, not "${prefix}"`)
  }
  if (!isPrefix(prefix) || !values.key.startsWith(prefix)) {
    throw new Error(`--key: must lie below the prefix, such as img/x.png, not "${values.key}"`)
  }
  const path = values.key.slice(prefix.length)
  const variants = (values.variant ?? defaultDimensions)
    .split(',')
    .map((name) => parseImageKey(`${prefix}${name}/${path}`, [prefix]))
  return {
    base: baseOf(positionals),
    variants,
    patienceMs: patienceOf(values.patience),
  }
}

function isPrefix(text: string): boolean {
  return /^([^/]+\/)+$/.test(text)
}

function baseOf(positionals: readonly string[]): string {
  const [base, ...more] = positionals
  if (base === undefined || more.length > 0) throw new Error('one base URL must be given')
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol) || /[?#]/.test(base)) {
    throw new Error(`the base must be an http or https URL without a query, not "${base}"`)
  }
  return base.replace(/\/+$/, '')
}

function patienceOf(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= 0 && seconds <= 600)) {
    throw new Error(`--patience: must be seconds from 0 to 600, not "${text}"`)
  }
  return seconds * 1000
}
