import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { until } from '../until.ts'
import { colourOf, type Flow, picture, s3Of, startFlow } from './flow.ts'

const variants = ['img/100x100/x.png', 'img/150x200/x.png', 'img/200x200/x.png']

/** Asks for a key as a viewer does, redirect followed. */
async function fetched(flow: Flow, key: string) {
  const answer = await flow.view(key)
  return answer.status === 307 ? flow.follow(answer) : answer
}

async function shows(flow: Flow, key: string, colour: string): Promise<boolean> {
  const { status, body } = await fetched(flow, key)
  return status === 200 && (await colourOf(body)) === colour
}

/** Asks for all variants until they come out of the cache. */
async function fill(flow: Flow): Promise<void> {
  for (const key of variants) {
    await until(async () => {
      const answer = await flow.view(key)
      if (answer.status === 307) await flow.follow(answer)
      return answer.headers['x-cache'] === 'Hit from cloudfront'
    })
  }
}

for (const cacheTags of ['false', 'true']) {
  t.test(
    `a changed original changes everything made from it, CACHE_TAGS=${cacheTags}`,
    async (t) => {
      const flow = await startFlow(t, { CACHE_TAGS: cacheTags })
      const file = join(flow.data, 'original/img/x.png')
      const s3 = s3Of(t, flow.laptop)
      const put = (Body: Buffer) =>
        s3.send(new PutObjectCommand({ Bucket: 'original', Key: 'img/x.png', Body }))

      await put(await picture('png', { colour: '#ff0000' }))
      await until(() => flow.laptop.buckets.origin.head('img/x.png'))
      await fill(flow)
      for (const key of variants) t.ok(await shows(flow, key, 'red'), `${key} is red`)

      await put(await picture('png', { colour: '#00ff00' }))
      for (const key of [...variants, 'img/x.png']) await until(() => shows(flow, key, 'green'))
      await fill(flow)

      await writeFile(file, await picture('png', { colour: '#0000ff' }))
      for (const key of [...variants, 'img/x.png']) await until(() => shows(flow, key, 'blue'))
      await fill(flow)

      await s3.send(new DeleteObjectCommand({ Bucket: 'original', Key: 'img/x.png' }))
      for (const key of variants) {
        await until(async () => (await fetched(flow, key)).status === 404)
        t.equal(await flow.laptop.buckets.origin.head(key), undefined)
      }
      await t.rejects(rm(file), { code: 'ENOENT' })
    },
  )
}

t.test('an original that changes under its viewers', async (t) => {
  const flow = await startFlow(t)
  const s3 = s3Of(t, flow.laptop)
  const put = async (colour: string) => {
    const Body = await picture('png', { colour })
    return s3.send(new PutObjectCommand({ Bucket: 'original', Key: 'img/x.png', Body }))
  }
  await put('#ff0000')
  await until(() => flow.laptop.buckets.origin.head('img/x.png'))

  const viewers = Array.from({ length: 50 }, async (_, at) => {
    const key = variants[at % variants.length] as string
    await until(() => shows(flow, key, 'green'))
  })
  await put('#00ff00')
  await Promise.all(viewers)
  await fill(flow)
  const original = await flow.laptop.buckets.origin.head('img/x.png')
  for (const key of variants) {
    t.ok(await shows(flow, key, 'green'), key)
    const variant = await flow.laptop.buckets.origin.head(key)
    t.equal(variant?.metadata['source-etag'], original?.etag)
  }
})
