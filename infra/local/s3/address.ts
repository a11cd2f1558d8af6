import type { IncomingMessage } from 'node:http'
import { targetOf } from '../request-path.ts'
import { s3Error } from './errors.ts'

/** What a request is addressed to. */
export interface Address {
  bucket: string | undefined
  /** Undefined when the bucket itself is meant. */
  key: string | undefined
  query: URLSearchParams
}

/**
 * The address of `req`, in path style (`/origin/img/x.png`) or virtual-host style
 * (`Host: origin.localhost:9000`).
 * @param isBucket whether there is a bucket of that name: what a host name may begin with
 * @throws S3Error InvalidURI
 */
export function addressOf(req: IncomingMessage, isBucket: (name: string) => boolean): Address {
  const { path, query } = targetOf(req)
  const hosted = bucketOfHost(req.headers.host ?? '', isBucket)
  const rest = path.slice(1)
  const slash = rest.indexOf('/')
  const bucket = hosted ?? decodePath(slash < 0 ? rest : rest.slice(0, slash))
  const key = decodePath(hosted !== undefined ? rest : slash < 0 ? '' : rest.slice(slash + 1))
  return {
    bucket: bucket || undefined,
    key: key || undefined,
    query: new URLSearchParams(query),
  }
}

/**
 * Decodes a key in a path or in `x-amz-copy-source`. A `+` is a space there: S3 takes it so.
 * @throws S3Error InvalidURI
 */
export function decodePath(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw s3Error('InvalidURI')
  }
}

function bucketOfHost(host: string, isBucket: (name: string) => boolean): string | undefined {
  const name = host.replace(/:\d+$/, '')
  const local = /^(.+)\.localhost$/.exec(name)?.[1]
  if (local !== undefined) return local
  const first = name.split('.')[0] as string
  return first !== name && isBucket(first) ? first : undefined
}
