/**
 * The facts of the flow that AWS and the laptop share: what `infra/aws` deploys is what
 * `infra/local` interprets.
 */

/** The API's stage; the path of the service is the same. */
export const stage = 'prod'

/** The query parameter that names the image. */
export const keyParameter = 'key'

/** One website routing rule, with the names of the S3 API. */
export interface RoutingRule {
  Condition: { KeyPrefixEquals: string; HttpErrorCodeReturnedEquals: string }
  Redirect: {
    Protocol: 'http' | 'https'
    HostName: string
    HttpRedirectCode: string
    ReplaceKeyPrefixWith: string
  }
}

/**
 * The routing rules of the origin bucket's website: a missing key below a prefix is sent to the
 * API. Each rule stands for 404 and for 403, because S3 answers a missing key with either,
 * depending on who may list the bucket. The longest prefix comes first: S3 takes the first match.
 * @param api where the API answers: its host (with the port, where it is not the scheme's own)
 */
export function routingRules(
  prefixes: readonly string[],
  api: { protocol: 'http' | 'https'; hostName: string },
): RoutingRule[] {
  const longestFirst = [...prefixes].sort((a, b) => b.length - a.length)
  return longestFirst.flatMap((prefix) =>
    ['404', '403'].map((error) => ({
      Condition: { KeyPrefixEquals: prefix, HttpErrorCodeReturnedEquals: error },
      Redirect: {
        Protocol: api.protocol,
        HostName: api.hostName,
        HttpRedirectCode: '307',
        ReplaceKeyPrefixWith: `${stage}?${keyParameter}=${prefix}`,
      },
    })),
  )
}

/**
 * The cache policy of the distribution, in seconds. With a minimum and default of 0 only answers
 * that carry `Cache-Control` are kept: images, and no redirect.
 */
export const cacheTtl = { min: 0, default: 0, max: 365 * 24 * 60 * 60 } as const

/** How long the distribution keeps an error, in seconds: CloudFront's own default. */
export const errorCachingMinTtl = 10

/** API Gateway's limits: bytes of an answer and seconds of an integration. */
export const apiLimits = { responseBytes: 10 * 1024 * 1024, integrationSeconds: 29 } as const

/** The documents of the website endpoint: for a folder, and for an error. */
export const websiteDocuments = { index: 'index.html', error: '404.html' } as const

/**
 * How events reach the sync Lambda: messages of one call and calls at once at most (large batches
 * make few invalidations, and CloudFront throttles whoever makes them in parallel), and how often a
 * message is delivered before it is a dead letter.
 */
export const eventQueue = { batchSize: 100, concurrency: 2, maxReceives: 5 } as const
