import type { CloudFrontClient } from '@aws-sdk/client-cloudfront'
import type { S3Client } from '@aws-sdk/client-s3'

/**
 * Has the SDK's default chain, from which `client` takes its credentials, answer within `limitMs`
 * milliseconds or reject with an error named `TimeoutError`. By itself it waits for ever for an
 * endpoint that takes a connection and says nothing, and all later calls wait with the first.
 */
export function limitCredentials({ config }: S3Client | CloudFrontClient, limitMs: number): void {
  const newChain = () => config.credentialDefaultProvider({ ...config, parentClientConfig: config })
  let chain = newChain()

  const limited: typeof chain = (options) =>
    new Promise((resolve, reject) => {
      const asked = chain
      const timer = setTimeout(() => {
        // It would have the next call wait for the same answer.
        if (chain === asked) chain = newChain()
        const message = `no credentials within ${limitMs} ms`
        reject(Object.assign(new Error(message), { name: 'TimeoutError' }))
      }, limitMs)
      void asked(options)
        .then(resolve, reject)
        .then(() => clearTimeout(timer))
    })

  // The chain remembers its credentials. What the SDK puts around others to that end has all calls
  // wait for new ones while the old are good for minutes.
  config.credentials = Object.assign(limited, { memoized: true })
}
