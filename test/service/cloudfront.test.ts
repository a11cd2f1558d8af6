import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront'
import t, { type Test } from 'tap'
import type { CdnError } from '../../service/cdn.ts'
import { cloudFrontCdn, configuredCdn } from '../../service/cloudfront.ts'

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

t.test('there is a distribution where one is named and invalidation is not off', async (t) => {
  const client = failing(new Error('not asked'))
  const settings = { distributionId: 'E1', invalidation: 'on-change' } as const
  t.ok(configuredCdn(client, settings))
  t.notOk(configuredCdn(client, { ...settings, invalidation: 'off' }))
  t.notOk(configuredCdn(client, { ...settings, distributionId: undefined }))
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

t.test('all addresses that take no connection are told', async (t) => {
  const refused = new AggregateError([new Error('a refused'), new Error('b refused')])
  const cdn = cloudFrontCdn(failing(refused), 'E1')
  const message = 'CloudFront: AggregateError a refused, b refused'
  await t.rejects(cdn.createInvalidation(['/a'], 'r'), { message, retryable: true })
})

/** A CloudFront whose clock is an hour ahead, asked by the SDK's own client. */
async function ahead(t: Test, answer: (response: ServerResponse, nth: number) => void) {
  const dates: string[] = []
  const server = createServer(({ headers }, response) => {
    response.setHeader('Date', new Date(Date.now() + 3_600_000).toUTCString())
    answer(response, dates.push(String(headers['x-amz-date'])) - 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new CloudFrontClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  })
  t.teardown(() => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  })
  return { cdn: cloudFrontCdn(client, 'E1'), dates }
}

const refuse = (response: ServerResponse, status: number, code: string) =>
  response
    .writeHead(status)
    .end(`<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`)

for (const [code, status] of [
  ['SignatureDoesNotMatch', 403],
  ['RequestExpired', 400],
] as const) {
  t.test(`a call that is refused for its time, by ${code}, is sent at the right one`, async (t) => {
    const { cdn, dates } = await ahead(t, (response, nth) => {
      if (nth === 0) refuse(response, status, code)
      else response.writeHead(201).end('<Invalidation><Id>I</Id></Invalidation>')
    })
    await cdn.createInvalidation(['/a'], 'r')
    t.equal(dates.length, 2)
    t.not(dates[0]?.slice(0, 11), dates[1]?.slice(0, 11), 'another hour')
  })
}

t.test('what is refused at the right time as well has failed', async (t) => {
  const { cdn, dates } = await ahead(t, (response) => refuse(response, 403, 'AccessDenied'))
  const denied = { name: 'CdnError', retryable: false, itemAtFault: false }
  for (let i = 1; i < 3; i++) {
    await t.rejects(cdn.createInvalidation(['/a'], 'r'), denied)
    t.equal(dates.length, 2 * i)
  }
})
