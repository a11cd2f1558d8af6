import type { ErrorCode } from '../../service/errors.ts'
import type { Exchange } from './exchange.ts'

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

/** What an error answer says, with where to look. */
export function explain({ status, body }: Exchange): string {
  const { code, message } = errorOf(body)
  if (!code) return status >= 500 ? 'nothing healthy stands behind the API.' : ''
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
