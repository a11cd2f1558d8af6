import { escapeKey } from '../../../service/s3-http/escape.ts'

/** A routing rule of a website, as general as the S3 API has it. */
export interface WebsiteRule {
  Condition?: { KeyPrefixEquals?: string; HttpErrorCodeReturnedEquals?: string }
  Redirect: {
    Protocol?: string
    HostName?: string
    HttpRedirectCode?: string
    ReplaceKeyPrefixWith?: string
    ReplaceKeyWith?: string
  }
}

/**
 * How the key is percent-encoded in a `Location`. What S3 itself does is not documented, and what
 * is reported differs: `once` escapes all but RFC 3986's unreserved characters and the slash;
 * `twice` escapes non-ASCII characters two times; `raw` leaves `&` and `+` as they are.
 */
export type LocationEncoding = 'once' | 'twice' | 'raw'

/** Where a request for `key` is sent. */
export interface Redirection {
  status: number
  location: string
}

/**
 * The redirection by the first rule that applies to `key`.
 * @param error the status that the request would end with; undefined before that is known, when
 *   only rules without an error condition apply
 * @param here protocol and host of the website, for rules that name none
 */
export function redirection(
  rules: readonly WebsiteRule[],
  key: string,
  error: number | undefined,
  here: { protocol: string; host: string },
  encoding: LocationEncoding,
): Redirection | undefined {
  const rule = rules.find(({ Condition }) => {
    const { KeyPrefixEquals = '', HttpErrorCodeReturnedEquals } = Condition ?? {}
    return key.startsWith(KeyPrefixEquals) && HttpErrorCodeReturnedEquals === error?.toString()
  })
  if (!rule) return undefined
  const { Protocol = here.protocol, HostName = here.host, HttpRedirectCode = '301' } = rule.Redirect
  return {
    status: Number(HttpRedirectCode),
    location: `${Protocol}://${HostName}/${replacedKey(rule, key, encoding)}`,
  }
}

function replacedKey(
  { Condition, Redirect }: WebsiteRule,
  key: string,
  encoding: LocationEncoding,
): string {
  if (Redirect.ReplaceKeyWith !== undefined) return Redirect.ReplaceKeyWith
  if (Redirect.ReplaceKeyPrefixWith === undefined) return encodeKey(key, encoding)
  const rest = key.slice(Condition?.KeyPrefixEquals?.length ?? 0)
  return Redirect.ReplaceKeyPrefixWith + encodeKey(rest, encoding)
}

/** Percent-encodes a key or a part of one, slashes excepted. */
export function encodeKey(key: string, encoding: LocationEncoding): string {
  const once = escapeKey(key)
  if (encoding === 'raw') return once.replaceAll('%26', '&').replaceAll('%2B', '+')
  // In UTF-8 the bytes of non-ASCII characters, and no others, are %80 and above.
  return encoding === 'twice' ? once.replace(/%(?=[89A-F])/g, '%25') : once
}
