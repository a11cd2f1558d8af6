import type { ErrorCode } from '../../service/errors.ts'
import type { Exchange, NoAnswer } from './exchange.ts'
import type { SmokeTarget } from './smoke-arguments.ts'

/** Where to look, for failures that have a place of their own. */
const hints: Partial<Record<ErrorCode, string>> = {
  key_malformed: 'is the prefix among KEY_PREFIXES (the prop keyPrefixes)?',
  unsupported_dimensions: 'is the variant among ALLOWED_DIMENSIONS (the prop allowedDimensions)?',
  unsupported_type: 'is the extension among ALLOWED_IMAGE_TYPES (the prop allowedImageTypes)?',
  no_original:
    'is it in the bucket of originals, and has the sync copied it to the origin bucket? Choose another with --key.',
  store_denied: 'the service may not read the origin bucket: look at its role and at the bucket.',
  store_failed: 'the service does not reach the origin bucket.',
  overloaded: 'no task of the service is ready, or all are busy.',
}

/** Where to look when nobody answers at `url`, while the check is of `base`. */
export function explainSilence({ url }: NoAnswer, { base }: Pick<SmokeTarget, 'base'>): string {
  return url.startsWith(`${base}/`)
    ? 'Nothing answers there: is it started (`npm start`), or deployed under that name?'
    : 'The redirect leads where nothing answers: the routing rule names another host than the API.'
}

/** What an answer of the API that is no image says, with where to look. */
export function explainApi(exchange: Exchange): string {
  const { status } = exchange
  if (status === 307) {
    return 'the image is too large for the API, so that the CDN has it: ask for a smaller one with --variant or --key.'
  }
  return explain(exchange, status === 500 ? overLimit : 'nothing healthy stands behind the API.')
}

/** What an error answer of the CDN says, with where to look. */
export function explainCdn(exchange: Exchange): string {
  return explain(exchange, 'the website endpoint failed, or the CDN does not reach it.')
}

/** The service's own 500 has a code, and a service that is not there is a 502 to 504. */
const overLimit =
  'API Gateway itself failed, as it does with an image over 10 MiB: ask for a smaller one with --variant, or lower MAX_OUTPUT_BYTES (the prop limits.maxOutputBytes).'

/** @param withoutCode what a failure means that nobody has given a code */
function explain({ status, body }: Exchange, withoutCode: string): string {
  const { code, message } = errorOf(body)
  if (!code) return status >= 500 ? withoutCode : ''
  const hint = hints[code as ErrorCode]
  return `${code}: ${message}${hint ? ` – ${hint}` : ''}`
}

function errorOf(body: Buffer): { code?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
