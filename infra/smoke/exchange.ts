/** One request and its answer, read whole, redirects not followed. */
export interface Exchange {
  url: string
  status: number
  headers: Headers
  body: Buffer
  /** Milliseconds from the request to the last byte. */
  ms: number
}

/** Nobody answered, or not to the end. */
export class NoAnswer extends Error {
  readonly url: string

  constructor(url: string, cause: unknown) {
    super(`no answer from ${url}: ${reasonOf(cause)}`, { cause })
    this.name = 'NoAnswer'
    this.url = url
  }
}

/** Longer than API Gateway's 29 s, so that its own words arrive. */
const timeoutMs = 35_000

/**
 * Asks for `url` and reads the answer whole.
 * @throws NoAnswer
 */
export async function get(url: string): Promise<Exchange> {
  const start = performance.now()
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const body = Buffer.from(await answer.arrayBuffer())
    const ms = performance.now() - start
    return { url, status: answer.status, headers: answer.headers, body, ms }
  } catch (error) {
    throw new NoAnswer(url, error)
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}
