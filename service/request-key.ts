import { RightsizeError } from './errors.ts'

/**
 * The key of a request, still encoded: everything behind `key=`, so that an `&` that S3 or
 * API Gateway left unescaped stays part of it; bytes that are no ASCII are encoded here.
 * @param url the request's target, `/prod?key=…`
 * @throws RightsizeError `key_missing`
 */
export function rawKey(url: string): string {
  const query = url.indexOf('?')
  const match = query < 0 ? null : /(?:^|&)key=(.*)$/s.exec(url.slice(query + 1))
  // The first `key=` counts: the expression is greedy only behind it.
  if (!match?.[1]) throw new RightsizeError('key_missing')
  return match[1].replace(/[\x80-\xff]/g, encodeByte)
}

/**
 * What a raw key may mean, the likeliest first: decoded once; and, for when there is no such
 * original, decoded once more (S3 is reported to send non-ASCII names twice encoded), or with `+`
 * for a space (as forms encode it).
 * @throws RightsizeError `key_malformed` when it cannot be decoded even once
 */
export function* keyReadings(raw: string): Generator<string> {
  const once = decode(raw)
  if (once === undefined) {
    const message = 'The key is not percent-encoded UTF-8.'
    throw new RightsizeError('key_malformed', { message })
  }
  yield once
  const twice = /%[0-9A-Fa-f]{2}/.test(once) ? decode(once) : undefined
  if (twice !== undefined) yield twice
  if (raw.includes('+')) yield decode(raw.replaceAll('+', ' ')) as string
}

/** Node hands on the bytes of a target as Latin-1; versions with a stricter parser refuse these. */
function encodeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
