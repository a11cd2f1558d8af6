import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { type Flow, picture, startFlow } from './flow.ts'

const cacheControl = 'public, max-age=604800'

async function drop({ data, laptop }: Flow, key: string, bytes: Buffer): Promise<void> {
  const file = join(data, 'original', key)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
  await until(() => laptop.buckets.origin.head(key))
}

/** The acceptance test of the flow: redirect, then the bucket, then the cache. */
async function threeRequests(t: Test, flow: Flow, key: string, box: [number, number]) {
  const { laptop, data } = flow
  const redirect = await flow.view(key)
  t.equal(redirect.status, 307)
  t.equal(
    redirect.headers.location,
    `http://localhost:${new URL(laptop.addresses.api).port}/prod?key=${key}`,
  )
  t.equal(redirect.headers['x-cache'], 'Miss from cloudfront')
  t.equal(redirect.headers['cache-control'], undefined)

  const image = await flow.follow(redirect)
  t.equal(image.status, 200)
  const contentType = key.endsWith('.png') ? 'image/png' : 'image/jpeg'
  t.equal(image.headers['content-type'], contentType)
  t.equal(image.headers['cache-control'], cacheControl)
  const { width, height } = await sharp(image.body).metadata()
  t.ok(width <= box[0] && height <= box[1], `${width}x${height} fits ${box.join('x')}`)
  t.ok(width === box[0] || height === box[1], 'and fills one side')

  await until(() => flow.invalidated().includes(`/${key}`))
  const stored = await laptop.buckets.origin.head(key)
  t.match(stored, { contentType, cacheControl, bytes: image.body.length })
  t.ok((await readFile(join(data, 'origin', key))).equals(image.body), 'the same bytes')

  const second = await flow.view(key)
  t.equal(second.status, 200)
  t.equal(second.headers['x-cache'], 'Miss from cloudfront')
  const third = await flow.view(key)
  t.equal(third.headers['x-cache'], 'Hit from cloudfront')
  for (const answer of [second, third]) {
    t.equal(answer.headers['content-type'], contentType)
    t.equal(answer.headers['cache-control'], cacheControl)
    t.ok(answer.body.equals(image.body))
  }
}

t.test('with the default settings', async (t) => {
  const flow = await startFlow(t)
  await drop(flow, 'img/x.png', await picture('png'))

  await t.test('the three requests', async (t) => {
    await threeRequests(t, flow, 'img/150x200/x.png', [150, 200])
    t.same(
      flow.invalidated(),
      ['/img/150x200/x.png'],
      'exactly the path of the variant is invalidated',
    )
  })

  await t.test('errors and redirects are kept neither in S3 nor in the cache', async (t) => {
    await writeFile(join(flow.data, 'original/img/text.png'), 'this is no picture')
    await until(() => flow.laptop.buckets.origin.head('img/text.png'))
    const cases: [key: string, status: number][] = [
      ['img/1x1/x.png', 403],
      ['img/150x200/x.gif', 403],
      ['img/0150x200/x.png', 400],
      ['img/150x200/missing.png', 404],
      ['img/150x200/text.png', 415],
    ]
    for (const [key, status] of cases) {
      for (const _ of [1, 2]) {
        const redirect = await flow.view(key)
        t.equal(redirect.status, 307, key)
        t.equal(redirect.headers['x-cache'], 'Miss from cloudfront')
        const answer = await flow.follow(redirect)
        t.equal(answer.status, status, key)
        t.equal(answer.headers['cache-control'], 'no-store')
        t.equal(JSON.parse(answer.body.toString()).requestId, answer.headers['x-amzn-requestid'])
      }
      t.equal(await flow.laptop.buckets.origin.head(key), undefined)
    }
    const missing = await flow.view('elsewhere.png')
    t.equal(missing.status, 404)
    t.equal(missing.headers['x-cache'], 'Error from cloudfront')
  })

  await t.test('the original itself comes through the cache', async (t) => {
    t.equal((await flow.view('img/x.png')).headers['x-cache'], 'Miss from cloudfront')
    const hit = await flow.view('img/x.png')
    t.equal(hit.headers['x-cache'], 'Hit from cloudfront')
    t.equal(hit.headers['cache-control'], cacheControl)
  })
})

t.test('with several prefixes, and where the public may not list the bucket', async (t) => {
  const flow = await startFlow(t, {
    KEY_PREFIXES: 'img/,blog/img/,base/img/',
    ALLOWED_DIMENSIONS: '60x60,600x600',
    WEBSITE_MISSING_STATUS: '403',
  })
  const post = 'dynamic-image-resizing-aws-services-architecture.png'
  await drop(flow, `blog/img/${post}`, await picture('png'))
  await drop(flow, 'base/img/author-avatar-default.jpg', await picture('jpeg'))
  await threeRequests(t, flow, `blog/img/600x600/${post}`, [600, 600])
  await threeRequests(t, flow, 'base/img/60x60/author-avatar-default.jpg', [60, 60])
})
