/**
 * Reads the arguments behind the command; where they are wrong, says so and how to call it, and
 * ends the process with code 2.
 * @param parse throws an Error that says what is wrong
 */
export function readArgumentsOrExit<T>(parse: (args: readonly string[]) => T, usage: string): T {
  try {
    return parse(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

/**
 * Refuses what stands behind the others.
 * @throws Error that names the first
 */
export function noMore([extra]: readonly string[]): void {
  if (extra !== undefined) throw new Error(`nothing is known of "${extra}"`)
}

/**
 * A whole number above 0.
 * @param name what it is, for the one who gave another
 * @throws Error that says what is allowed
 */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!/^[0-9]+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new Error(`${name} must be a whole number above 0, not "${text}"`)
  }
  return value
}

/**
 * What `start` resolves to; where it fails, such as for want of Docker or because nobody answers,
 * says why in one line, and ends the process with code 1.
 */
export async function startOrExit<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  }
}
