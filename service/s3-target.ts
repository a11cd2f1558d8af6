import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Scope } from './s3-http/sigv4.ts'

/** Where the objects of a bucket are asked for, and what the SDK says of itself there. */
export interface Target extends Scope {
  protocol: string
  hostname: string
  port: number | undefined
  /** What stands before an object's escaped key, `/` or `/bucket/`. */
  prefix: string
  /** The headers of every request. */
  headers: Readonly<Record<string, string>>
}

/** What the SDK is about to send. */
interface SignedRequest {
  protocol: string
  hostname: string
  port?: number
  path: string
  headers: Record<string, string>
}

const probe = 'probe'

/**
 * Has the SDK prepare a request for an object of `bucket`, with all that its settings, the
 * environment and the bucket's name have to say of where and how, and keeps it from being sent.
 * @returns undefined where it signs in another way than by Signature Version 4 and nothing else,
 *   as for directory buckets
 * @throws whatever the SDK does, as without credentials
 */
export async function findTarget(client: S3Client, bucket: string): Promise<Target | undefined> {
  const command = new HeadObjectCommand({ Bucket: bucket, Key: probe })
  let prepared: SignedRequest | undefined
  command.middlewareStack.add(
    () => async (call) => {
      prepared = call.request as SignedRequest
      return { response: undefined, output: { $metadata: {} } }
    },
    { step: 'deserialize', priority: 'high' },
  )
  await client.send(command)
  return prepared && targetOf(prepared)
}

function targetOf({ protocol, hostname, port, path, headers }: SignedRequest): Target | undefined {
  const names = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const scope = /^AWS4-HMAC-SHA256 Credential=[^,]*\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request,/
  const [, region, service] = scope.exec(names.get('authorization') ?? '') ?? []
  const isPlain = !names.has('x-amz-s3session-token') && path.endsWith(`/${probe}`)
  if (!region || !service || !isPlain) return undefined
  const host = names.get('host')
  const agent = names.get('user-agent')
  if (!host || !agent) return undefined
  const prefix = path.slice(0, -probe.length)
  return {
    region,
    service,
    protocol,
    hostname,
    port,
    prefix,
    headers: { host, 'user-agent': agent },
  }
}
