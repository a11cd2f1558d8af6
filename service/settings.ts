/** What the environment says, as `process.env` does. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One variable of the environment: its name and how its text becomes a value. */
export interface Setting<T> {
  readonly name: string
  /** Takes the trimmed text, or undefined when unset or blank. Throws an Error that says what is allowed. */
  readonly read: (text: string | undefined) => T
}

type Values<S extends Record<string, Setting<unknown>>> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** The environment is at fault; `faults` has a line for each variable that is. */
export class SettingsError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`The environment is not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'SettingsError'
    this.faults = faults
  }
}

/**
 * Reads all `settings` and freezes the result.
 * @param conflicts finds the faults that no variable has alone; values at fault are missing
 * @throws SettingsError with every fault at once
 */
export function readSettings<S extends Record<string, Setting<unknown>>>(
  env: Environment,
  settings: S,
  conflicts: (values: Partial<Values<S>>) => string[] = () => [],
): Values<S> {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [field, setting] of Object.entries(settings)) {
    try {
      values[field] = setting.read(env[setting.name]?.trim() || undefined)
    } catch (error) {
      faults.push(`${setting.name}: ${(error as Error).message}`)
    }
  }
  faults.push(...conflicts(values as Partial<Values<S>>))
  if (faults.length > 0) throw new SettingsError(faults)
  return Object.freeze(values) as Values<S>
}

/** A text that must be given; `what` says what it is, for the one who forgot it. */
export function required(name: string, what: string): Setting<string> {
  return {
    name,
    read: (text) => {
      if (text === undefined) throw new Error(`is required: ${what}`)
      return text
    },
  }
}

/** A text that may be missing. */
export function optional(name: string): Setting<string | undefined> {
  return { name, read: (text) => text }
}

/** A whole number from `min` to `max`. */
export function integer(
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): Setting<number> {
  return {
    name,
    read: (text) => {
      if (text === undefined) return fallback
      const value = Number(text)
      if (!/^[0-9]+$/.test(text) || value < min || value > max) {
        throw new Error(`must be a whole number from ${min} to ${max}, not "${text}"`)
      }
      return value
    },
  }
}

/** One of `values`. */
export function oneOf<T extends string>(
  name: string,
  values: readonly T[],
  fallback: T,
): Setting<T> {
  return {
    name,
    read: (text) => {
      if (text === undefined) return fallback
      const value = values.find((candidate) => candidate === text)
      if (!value) throw new Error(`must be one of ${values.join(', ')}, not "${text}"`)
      return value
    },
  }
}

/** `true` or `false`. */
export function flag(name: string, fallback: boolean): Setting<boolean> {
  const { read } = oneOf(name, ['true', 'false'], fallback ? 'true' : 'false')
  return { name, read: (text) => read(text) === 'true' }
}

/**
 * An absolute http or https URL without query and fragment, returned as URLs are spelled and
 * without a slash at its end.
 */
export function httpUrl(name: string): Setting<string | undefined> {
  return {
    name,
    read: (text) => {
      if (text === undefined) return undefined
      const url = URL.canParse(text) ? new URL(text) : undefined
      if (!url || !/^https?:$/.test(url.protocol) || /[?#]/.test(url.href)) {
        throw new Error(`must be an http or https URL without query or fragment, not "${text}"`)
      }
      return url.href.replace(/\/+$/, '')
    },
  }
}

/** The items of a comma list, without the spaces around them and without empty ones. */
export function listItems(text: string): string[] {
  return text.split(',').flatMap((item) => item.trim() || [])
}

/**
 * A comma list with spaces allowed around its items; `check` throws an Error with the rule that an
 * item breaks, such as `must be even`.
 */
export function list<T>(
  name: string,
  fallback: string,
  check: (item: string) => T,
): Setting<readonly T[]> {
  return {
    name,
    read: (text) => {
      const items = listItems(text ?? fallback)
      if (items.length === 0) throw new Error('must have at least one item')
      return Object.freeze(checkedItems(items, check))
    },
  }
}

/** @throws an Error that names all items that break a rule, rule by rule */
function checkedItems<T>(items: readonly string[], check: (item: string) => T): T[] {
  const broken = new Map<string, string[]>()
  const values = items.flatMap((item) => {
    try {
      return [check(item)]
    } catch (error) {
      const rule = (error as Error).message
      broken.set(rule, [...(broken.get(rule) ?? []), `"${item}"`])
      return []
    }
  })
  if (broken.size === 0) return values
  throw new Error([...broken].map(([rule, names]) => `${names.join(', ')} ${rule}`).join('; '))
}
