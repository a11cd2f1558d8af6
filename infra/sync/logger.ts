/** Writes one line for an event; a part of pino's interface. */
export interface Logger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A logger of JSON lines, small enough for the bundle; CloudWatch adds the time. */
export function jsonLogger(write: (line: string) => void): Logger {
  const at = (level: string) => (fields: object, message: string) =>
    write(`${JSON.stringify({ level, msg: message, ...fields })}\n`)
  return { info: at('info'), error: at('error') }
}
