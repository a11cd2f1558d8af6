import { type CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront'
import { type Cdn, CdnError } from './cdn.ts'
import type { Config } from './config.ts'
import { reasonOf } from './reason-of.ts'

const retryableNames = new Set([
  'TooManyInvalidationsInProgress',
  'Throttling',
  'ThrottlingException',
  'ServiceUnavailable',
  'TimeoutError',
  'InternalFailure',
])

/** What of the SDK's errors is looked at. */
interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean }
}

/** The distribution that the settings name; undefined where there is none, or `INVALIDATION` is off. */
export function configuredCdn(
  client: Pick<CloudFrontClient, 'send'>,
  { distributionId, invalidation }: Pick<Config, 'distributionId' | 'invalidation'>,
): Cdn | undefined {
  if (!distributionId || invalidation === 'off') return undefined
  return cloudFrontCdn(client, distributionId)
}

/** The distribution `distributionId` of CloudFront as a `Cdn`. */
export function cloudFrontCdn(client: Pick<CloudFrontClient, 'send'>, distributionId: string): Cdn {
  return {
    createInvalidation: async (items, callerReference) => {
      const command = new CreateInvalidationCommand({
        DistributionId: distributionId,
        InvalidationBatch: {
          CallerReference: callerReference,
          Paths: { Quantity: items.length, Items: [...items] },
        },
      })
      try {
        await client.send(command).catch((error: SdkError) => {
          // The SDK sets its clock by the answer, but is not let repeat the call. Not more than
          // once: while the machine's clock is wrong, every refusal sets the SDK's anew.
          if (!error.$metadata?.clockSkewCorrected) throw error
          return client.send(command)
        })
      } catch (error) {
        throw cdnError(error)
      }
    },
  }
}

function cdnError(error: unknown): CdnError {
  const { name, $metadata } = error as SdkError
  const status = $metadata?.httpStatusCode
  // Without a status there was no answer: the connection failed.
  const retryable =
    retryableNames.has(name) || status === undefined || status === 429 || status >= 500
  // InvalidArgument and BatchTooLarge; what is denied or unknown has another status.
  const itemAtFault = !retryable && (status === 400 || status === 413)
  const message = `CloudFront: ${name} ${reasonOf(error as SdkError)}`
  return new CdnError(message, { retryable, itemAtFault, cause: error })
}
