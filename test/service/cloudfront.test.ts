import { type CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront'
import t from 'tap'
import type { CdnError } from '../../service/cdn.ts'
import { cloudFrontCdn } from '../../service/cloudfront.ts'

function failing(error: unknown): Pick<CloudFrontClient, 'send'> {
  return { send: () => Promise.reject(error) } as Pick<CloudFrontClient, 'send'>
}

t.test('sends one invalidation of all items under the reference', async (t) => {
  const sent: unknown[] = []
  const send = async (command: CreateInvalidationCommand) => {
    t.ok(command instanceof CreateInvalidationCommand)
    sent.push(command.input)
  }
  const client = { send } as unknown as CloudFrontClient
  await cloudFrontCdn(client, 'E1').createInvalidation(['/a', '/b'], 'reference')
  t.strictSame(sent, [
    {
      DistributionId: 'E1',
      InvalidationBatch: {
        CallerReference: 'reference',
        Paths: { Quantity: 2, Items: ['/a', '/b'] },
      },
    },
  ])
})

type Row = [name: string, status: number | undefined, retryable: boolean, itemAtFault: boolean]

const table: Row[] = [
  ['TooManyInvalidationsInProgress', 400, true, false],
  ['Throttling', 400, true, false],
  ['ThrottlingException', 400, true, false],
  ['ServiceUnavailable', 503, true, false],
  ['InternalFailure', 500, true, false],
  ['SomethingNew', 502, true, false],
  ['TooManyRequests', 429, true, false],
  ['TimeoutError', undefined, true, false],
  ['Error', undefined, true, false],
  ['InvalidArgument', 400, false, true],
  ['BatchTooLarge', 413, false, true],
  ['AccessDenied', 403, false, false],
  ['NoSuchDistribution', 404, false, false],
  ['InvalidClientTokenId', 403, false, false],
]

for (const [name, status, retryable, itemAtFault] of table) {
  t.test(`${name} with status ${status}`, async (t) => {
    const $metadata = status === undefined ? {} : { httpStatusCode: status }
    const cause = Object.assign(new Error('why'), { name, $metadata })
    const cdn = cloudFrontCdn(failing(cause), 'E1')
    const error = (await cdn.createInvalidation(['/a'], 'r').catch((e: unknown) => e)) as CdnError
    t.match(error, { name: 'CdnError', message: `CloudFront: ${name} why`, retryable, itemAtFault })
    t.equal(error.cause, cause)
  })
}

t.test('a connection that fails may succeed later', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const cdn = cloudFrontCdn(failing(refused), 'E1')
  await t.rejects(cdn.createInvalidation(['/a'], 'r'), { name: 'CdnError', retryable: true })
})
