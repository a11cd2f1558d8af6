import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { cacheTag } from '../../service/provenance.ts'
import { ask } from '../infra/local/http.ts'
import { until } from '../until.ts'
import { burst, burstEnvironment } from './burst.ts'
import { picture, s3Of, startFlow } from './flow.ts'

const original = 'img/x.png'
const variant = 'img/150x200/x.png'
const untouched = 'img/100x100/new.png'

/**
 * One variant is made, made anew when its original is replaced, and deleted with it; another one
 * is only made.
 * @returns the items that were invalidated, each once
 */
async function invalidatedBy(t: Test, environment: Record<string, string>): Promise<Set<string>> {
  const flow = await startFlow(t, environment)
  const { origin } = flow.laptop.buckets
  const s3 = s3Of(t, flow.laptop)
  const put = async (Key: string, colour: string) => {
    const before = (await origin.head(Key))?.etag
    const Body = await picture('png', { colour })
    await s3.send(new PutObjectCommand({ Bucket: 'original', Key, Body }))
    return until(async () => {
      const copy = await origin.head(Key)
      return copy?.etag === before ? undefined : copy
    })
  }
  const make = async (key: string, copy: { etag: string }) => {
    await until(async () => {
      await ask(flow.laptop.addresses.api, `/prod?key=${key}`)
      return (await origin.head(key))?.metadata['source-etag'] === copy.etag
    })
  }

  await make(variant, await put(original, '#ff0000'))
  await make(variant, await put(original, '#00ff00'))
  await make(untouched, await put('img/new.png', '#0000ff'))
  await s3.send(new DeleteObjectCommand({ Bucket: 'original', Key: original }))
  await until(async () => !(await origin.head(original)) && !(await origin.head(variant)))
  // Stopping lets everything that is under way come to its end.
  await flow.laptop.stop()
  return new Set(flow.invalidated())
}

const changed = [`/${original}`, `/${variant}`]
const tag = `#${cacheTag(original)}`
const cases: [environment: Record<string, string>, invalidated: string[]][] = [
  [{ INVALIDATION: 'every-write' }, [...changed, `/${untouched}`]],
  [{ INVALIDATION: 'on-change' }, changed],
  [{ INVALIDATION: 'off' }, []],
  [{ INVALIDATION: 'every-write', CACHE_TAGS: 'true' }, [tag, ...changed, `/${untouched}`]],
  [{ INVALIDATION: 'on-change', CACHE_TAGS: 'true' }, [tag, `/${original}`]],
]
for (const [environment, invalidated] of cases) {
  t.test(`what is invalidated with ${JSON.stringify(environment)}`, async (t) => {
    t.same(await invalidatedBy(t, environment), new Set(invalidated))
  })
}

t.test('a burst of new variants is invalidated in few calls, each path once', async (t) => {
  const { laptop } = await startFlow(t, burstEnvironment)
  const outcome = await burst(laptop, { count: 250, seconds: 2 })
  t.same(outcome.wrong, [])
  t.ok(outcome.calls <= 30, `${outcome.calls} calls, ${outcome.accepted} accepted`)
})
