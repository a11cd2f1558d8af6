import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** Who signs. */
interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** For whom a signature is good. */
export interface Scope {
  region: string
  service: string
}

/** What is signed. */
interface Unsigned {
  method: string
  /** As it is sent: escaped, without a query. */
  path: string
  /** With `host`; names in lower case, values of printable ASCII. */
  headers: Readonly<Record<string, string>>
  /** SHA-256 of the body in hexadecimal digits. */
  payloadHash: string
}

/** Gives the headers of a request with those that sign it. */
export type Signer = (request: Unsigned, credentials: Credentials, now: Date) => HeaderMap

type HeaderMap = Record<string, string>

const algorithm = 'AWS4-HMAC-SHA256'

/** Proxies may change these on the way; the SDK does not sign them either. */
const unsigned: ReadonlySet<string> = new Set(['cache-control', 'user-agent'])

/**
 * Signature Version 4 in headers, as S3 has it: the path is not escaped a second time
 * (AWS IAM User Guide, "Create a signed AWS API request"). The SDK's signer makes the same
 * signature at some five times the cost: it derives the day's key from hashes of the credentials
 * each time it looks for it, and prepares for what S3 never asks of it.
 */
export function createSigner({ region, service }: Scope): Signer {
  let known: { secret: string; day: string; key: KeyObject } | undefined

  /** The key of a day, which takes four hashes to derive. */
  const keyOf = (secret: string, day: string): KeyObject => {
    if (known?.secret === secret && known.day === day) return known.key
    const steps = [day, region, service, 'aws4_request']
    const derived = steps.reduce<Buffer>(
      (key, step) => createHmac('sha256', key).update(step).digest(),
      Buffer.from(`AWS4${secret}`),
    )
    const key = createSecretKey(derived)
    known = { secret, day, key }
    return key
  }

  return ({ method, path, headers, payloadHash }, credentials, now) => {
    const time = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
    const day = time.slice(0, 8)
    const all: HeaderMap = {
      ...headers,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': time,
    }
    if (credentials.sessionToken) all['x-amz-security-token'] = credentials.sessionToken
    const names = Object.keys(all)
      .filter((name) => !unsigned.has(name))
      .sort()
    const lines = names.map((name) => `${name}:${all[name]?.trim().replace(/ {2,}/g, ' ')}\n`)
    const signed = names.join(';')
    const canonical = `${method}\n${path}\n\n${lines.join('')}\n${signed}\n${payloadHash}`
    const scope = `${day}/${region}/${service}/aws4_request`
    const toSign = `${algorithm}\n${time}\n${scope}\n${hash('sha256', canonical)}`
    const signature = createHmac('sha256', keyOf(credentials.secretAccessKey, day))
      .update(toSign)
      .digest('hex')
    all.authorization = `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    return all
  }
}
