import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { colourOf, type Flow, picture, s3Of, startFlow } from './flow.ts'

const original = 'img/x.png'
const variants = ['100x100', '150x100', '150x200', '200x100', '200x200'].map(
  (size) => `img/${size}/x.png`,
)
const viewers = 50

/** A colour, or the status of a refusal. */
type Sight = string | number | undefined

/** What a viewer of `key` sees, redirect followed. */
async function look(flow: Flow, key: string): Promise<Sight> {
  const first = await flow.view(key)
  const answer = first.status === 307 ? await flow.follow(first) : first
  return answer.status === 200 ? colourOf(answer.body) : answer.status
}

/** Viewers of all variants, who ask again and again until told to leave. */
function crowd(flow: Flow) {
  const seen: { at: number; sight: Sight }[] = []
  let going = true
  const view = async (_: unknown, index: number) => {
    const key = variants[index % variants.length] as string
    while (going) {
      const at = performance.now()
      seen.push({ at, sight: await look(flow, key) })
      await sleep(500)
    }
  }
  const viewing = Promise.all(Array.from({ length: viewers }, view))
  const leave = async () => {
    going = false
    await viewing
  }
  return { seen, leave }
}

/**
 * Changes the original under a crowd that sees `before`, and waits until everybody has seen
 * `after` several times in a row.
 * @returns milliseconds from the change to the last question that was answered otherwise
 */
async function changeUnderCrowd(
  t: Test,
  flow: Flow,
  { before, after, change }: { before: Sight; after: Sight; change: () => Promise<unknown> },
): Promise<number> {
  const { seen, leave } = crowd(flow)
  await until(() => seen.length > 0)
  const start = performance.now()
  await change()
  const from = seen.length
  const rounds = 2 * viewers
  await until(
    () => seen.length >= from + rounds && seen.slice(-rounds).every(({ sight }) => sight === after),
  )
  await leave()
  const sights = new Set(seen.map(({ sight }) => sight))
  t.same(sights, new Set([before, after]), 'nobody saw anything but the old and the new')
  const others = seen.filter(({ sight }) => sight !== after)
  return Math.round(Math.max(0, ...others.map(({ at }) => at - start)))
}

async function isCached(flow: Flow, key: string, colour: string): Promise<boolean> {
  const { status, headers, body } = await flow.view(key)
  const hit = status === 200 && headers['x-cache'] === 'Hit from cloudfront'
  return hit && (await colourOf(body)) === colour
}

/** Asks for everything until it comes out of the cache. */
async function fillCache(flow: Flow, colour: string, keys = variants): Promise<void> {
  for (const key of keys) {
    await look(flow, key)
    await until(() => isCached(flow, key, colour))
  }
  await until(() => isCached(flow, original, colour))
}

for (const cacheTags of ['false', 'true']) {
  t.test(`replaced and deleted under ${viewers} viewers, CACHE_TAGS=${cacheTags}`, async (t) => {
    const flow = await startFlow(t, { CACHE_TAGS: cacheTags })
    const { origin } = flow.laptop.buckets
    const s3 = s3Of(t, flow.laptop)
    const object = { Bucket: 'original', Key: original }
    const put = async (colour: string) =>
      s3.send(new PutObjectCommand({ ...object, Body: await picture('png', { colour }) }))
    await put('#ff0000')
    await until(() => origin.head(original))
    // The other variants are being made when the original changes.
    await fillCache(flow, 'red', variants.slice(0, 3))

    const replacing = { before: 'red', after: 'green', change: () => put('#00ff00') }
    const replacedMs = await changeUnderCrowd(t, flow, replacing)
    await fillCache(flow, 'green')
    const copy = await origin.head(original)
    for (const key of variants) {
      const variant = await origin.head(key)
      t.equal(variant?.metadata['source-etag'], copy?.etag, key)
    }

    const deleting = {
      before: 'green',
      after: 404,
      change: () => s3.send(new DeleteObjectCommand(object)),
    }
    const deletedMs = await changeUnderCrowd(t, flow, deleting)
    t.equal((await flow.view(original)).status, 307, 'the copy is not cached any more')
    for (const key of [original, ...variants]) {
      t.equal(await origin.head(key), undefined, `${key} is gone`)
    }
    t.comment(
      `seen last: the old picture after ${replacedMs} ms, the deleted after ${deletedMs} ms`,
    )
  })
}
