import { readFileSync } from 'node:fs'

/** The text of a file such as those of /proc, which other systems do not have; undefined there. */
export function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
