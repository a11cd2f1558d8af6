import { awsClients } from './aws-clients.ts'
import { createDirect } from './s3-direct.ts'
import { createTransport } from './s3-http/handler.ts'
import { s3Store } from './s3-store.ts'
import type { ObjectStore } from './store.ts'

/** Short enough for all attempts within a request's deadline. */
const s3Timeouts = { connectMs: 2_000, idleMs: 5_000 }

/** Behind a direct call, which makes it three in all, as the SDK has it by itself. */
const sdkAttempts = 2

/** How the clients are set up. */
export interface ServiceClientOptions {
  /** Whether S3 is a stand-in, whose buckets have no host names. */
  pathStyle: boolean
  /** Connections to S3 at once. */
  maxConnections: number
}

/** AWS as the service asks it: the SDK's clients, and the way to a bucket that spares them. */
export function serviceClients({ pathStyle, maxConnections }: ServiceClientOptions) {
  const transport = createTransport({ ...s3Timeouts, maxConnections })
  const { s3, cloudFront } = awsClients({
    pathStyle,
    maxSockets: maxConnections,
    answerMs: s3Timeouts.idleMs,
    s3Attempts: sdkAttempts,
    transport,
  })
  const storeOf = (bucket: string): ObjectStore =>
    s3Store(s3, bucket, createDirect(s3, bucket, transport))
  return { s3, cloudFront, storeOf }
}
