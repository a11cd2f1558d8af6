import {
  CloudFrontClient,
  CreateInvalidationCommand,
  GetInvalidationCommand,
  ListInvalidationsCommand,
} from '@aws-sdk/client-cloudfront'
import t, { type Test } from 'tap'
import { createCloudFrontApi } from '../../../../infra/local/cloudfront/api.ts'
import { createInvalidations } from '../../../../infra/local/cloudfront/invalidations.ts'
import { createFaults } from '../../../../infra/local/faults.ts'
import { ask, serve } from '../http.ts'

async function api(t: Test, { tags = true } = {}) {
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const now = () => clock.now
  const dropped: string[][] = []
  const invalidations = createInvalidations({
    invalidate: (items) => dropped.push([...items]),
    inProgressMs: 1000,
    tags,
    now,
  })
  const faults = createFaults()
  const rate: { callsPerSecond: number | undefined } = { callsPerSecond: undefined }
  const handler = createCloudFrontApi({ distributionId: 'D', invalidations, faults, rate, now })
  const url = await serve(t, handler)
  const client = new CloudFrontClient({
    endpoint: url.href,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  })
  t.teardown(() => client.destroy())
  const create = (CallerReference: string, Items: string[], DistributionId = 'D') => {
    const Paths = { Quantity: Items.length, Items }
    const InvalidationBatch = { CallerReference, Paths }
    return client.send(new CreateInvalidationCommand({ DistributionId, InvalidationBatch }))
  }
  return { client, create, clock, dropped, faults, rate, invalidations, url }
}

const paths = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `/img/${from + index}.png`)

t.test('an invalidation drops its items, is in progress, then completed', async (t) => {
  const { client, create, clock, dropped, invalidations } = await api(t)
  const items = ['/img/a&b<c>"\'.png', '/img/%20', '#tag', '/*', '/012', '/img/&amp;']
  const { Invalidation, Location } = await create('r1', items)
  t.match(Invalidation, {
    Status: 'InProgress',
    CreateTime: new Date(clock.now),
    InvalidationBatch: { CallerReference: 'r1', Paths: { Quantity: 6, Items: items } },
  })
  t.match(Location, `/2020-05-31/distribution/D/invalidation/${Invalidation?.Id}`)
  t.same(dropped, [items])
  t.match(invalidations.all, [{ callerReference: 'r1', items }])
  clock.now += 1000
  const get = new GetInvalidationCommand({ DistributionId: 'D', Id: Invalidation?.Id })
  const later = await client.send(get)
  t.equal(later.Invalidation?.Status, 'Completed')
  t.same(later.Invalidation?.InvalidationBatch?.Paths?.Items, items)
})

t.test('a caller reference names one batch', async (t) => {
  const { create, dropped } = await api(t)
  const first = await create('r', ['/a', '/b'])
  const again = await create('r', ['/b', '/a'])
  t.equal(again.Invalidation?.Id, first.Invalidation?.Id)
  t.equal(dropped.length, 1)
  await t.rejects(create('r', ['/a']), { name: 'InvalidationBatchAlreadyExists' })
  t.not((await create('other', ['/a'])).Invalidation?.Id, first.Invalidation?.Id)
})

t.test('3,000 paths and 15 wildcards may be in progress', async (t) => {
  const { create, clock } = await api(t)
  await create('1', paths(2000))
  const tooMany = { name: 'TooManyInvalidationsInProgress', $retryable: undefined }
  await t.rejects(create('2', paths(1001, 2000)), tooMany)
  await create('3', paths(1000, 2000))
  await create(
    '4',
    Array.from({ length: 15 }, (_, index) => `/${index}/*`),
  )
  await t.rejects(create('5', ['/x/*']), tooMany)
  await t.rejects(create('6', ['/x']), tooMany)
  clock.now += 1000
  await create('6', ['/x'])
  await t.rejects(create('7', paths(3001)), { name: 'BatchTooLarge' })
})

t.test('what is not right is refused in the words of CloudFront', async (t) => {
  const { create, url, client } = await api(t, { tags: false })
  await t.rejects(create('r', ['/a'], 'OTHER'), { name: 'NoSuchDistribution' })
  await t.rejects(create('r', ['a']), { name: 'InvalidArgument' })
  await t.rejects(create('r', ['/ä']), { name: 'InvalidArgument' })
  await t.rejects(create('r', ['#tag']), { name: 'InvalidArgument' })
  await t.rejects(create('', ['/a']), { name: 'InvalidArgument' })
  const get = new GetInvalidationCommand({ DistributionId: 'D', Id: 'I1' })
  await t.rejects(client.send(get), { name: 'NoSuchInvalidation' })
  const inconsistent = new CreateInvalidationCommand({
    DistributionId: 'D',
    InvalidationBatch: { CallerReference: 'r', Paths: { Quantity: 2, Items: ['/a'] } },
  })
  await t.rejects(client.send(inconsistent), { name: 'InconsistentQuantities' })
  const target = '/2020-05-31/distribution/D/invalidation'
  t.match((await ask(url, target, { method: 'POST' })).body.toString(), '<Code>MissingBody</Code>')
  t.equal((await ask(url, '/2020-05-31/distribution/D/config')).status, 404)
})

t.test('invalidations are listed page by page, the newest first', async (t) => {
  const { client, create } = await api(t)
  const empty = await client.send(new ListInvalidationsCommand({ DistributionId: 'D' }))
  t.equal(empty.InvalidationList?.Quantity, 0)
  const ids: (string | undefined)[] = []
  for (const reference of ['1', '2', '3']) {
    ids.unshift((await create(reference, ['/a'])).Invalidation?.Id)
  }
  const page = async (Marker?: string) => {
    const command = new ListInvalidationsCommand({ DistributionId: 'D', MaxItems: 2, Marker })
    return (await client.send(command)).InvalidationList
  }
  const first = await page()
  t.equal(first?.IsTruncated, true)
  const second = await page(first?.NextMarker)
  t.equal(second?.IsTruncated, false)
  t.same(
    [...(first?.Items ?? []), ...(second?.Items ?? [])].map(({ Id }) => Id),
    ids,
  )
})

t.test('calls over the rate are throttled', async (t) => {
  const { create, clock, rate, dropped } = await api(t)
  rate.callsPerSecond = 1
  await create('1', ['/a'])
  await t.rejects(create('2', ['/b']), { name: 'Throttling' })
  clock.now += 1000
  await create('2', ['/b'])
  t.equal(dropped.length, 2)
})

t.test('faults befall the calls that they name', async (t) => {
  const { create, faults, dropped } = await api(t)
  const action = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const
  faults.add({ operation: 'CreateInvalidation', times: 1, action })
  await t.rejects(create('1', ['/a']), { name: 'ServiceUnavailable' })
  faults.add({ operation: 'CreateInvalidation', times: 1, action: { kind: 'lose-answer' } })
  await t.rejects(create('1', ['/a']))
  await create('1', ['/a'])
  t.same(dropped, [['/a']], 'the repetition of a call whose answer was lost drops nothing again')
})
