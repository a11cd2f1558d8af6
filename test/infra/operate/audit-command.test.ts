import t, { type Test } from 'tap'
import { auditCommand } from '../../../infra/operate/audit-command.ts'
import { createOutput } from '../../../infra/operate/output.ts'
import { s3OriginBucket } from '../../../infra/sync/s3-buckets.ts'
import { cacheTag, pipelineVersion } from '../../../service/provenance.ts'
import { testConfig } from '../../helper.ts'
import { startS3 } from '../local/s3-server.ts'
import { plant } from './planted.ts'

async function setUp(t: Test) {
  const { client, origin: bucket, faults } = await startS3(t)
  const origin = s3OriginBucket(client, { bucket: 'origin', originalBucket: 'origin' })
  let text = ''
  const out = { write: (part: string) => (text += part) }
  const documents = () =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const config = testConfig({ ALLOWED_DIMENSIONS: '100x100,150x200' })
  const parts = { client, origin, config, output: createOutput(true, out, { write: () => {} }) }
  return { bucket, faults, documents, parts: { ...parts, invalidations: undefined } }
}

t.test('finds exactly what was planted, and touches nothing', async (t) => {
  const { bucket, documents, parts } = await setUp(t)
  const planted = await plant(bucket, 150, ['100x100', '150x200', '9x9'])
  await auditCommand(parts, { remove: false, counted: true })

  const found = documents()
  const summary = found.pop()
  const faults = found.map(({ key, fault }) => [String(key), fault] as const)
  t.strictSame(Object.fromEntries(faults), Object.fromEntries(planted))
  t.match(summary, { variants: 450, removed: 0 })
  for (const { key, bytes } of found) t.equal(bytes, Buffer.byteLength(String(key)))
  t.ok(await bucket.head('img/9x9/1.png'), 'a dry run removes nothing')
})

t.test('takes away what is at fault, and then finds nothing', async (t) => {
  const { bucket, documents, parts } = await setUp(t)
  const planted = await plant(bucket, 110, ['150x200', '9x9'])
  await auditCommand(parts, { remove: true, counted: false })
  t.match(documents().at(-1), { removed: planted.size })
  t.notOk(await bucket.head('img/9x9/1.png'))
  t.ok(await bucket.head('img/150x200/1.png'), 'what is current stays')

  await auditCommand(parts, { remove: true, counted: false })
  t.match(documents().at(-1), { variants: 110 * 2 - planted.size, removed: 0 })
})

t.test('takes away what has no cache tag where tags are on', async (t) => {
  const { bucket, documents, parts } = await setUp(t)
  await plant(bucket, 3, ['150x200'])
  const original = await bucket.head('img/1.png')
  const metadata = {
    'source-etag': original?.etag ?? '',
    pipeline: pipelineVersion,
    'cache-tag': cacheTag('img/1.png'),
  }
  const attributes = { contentType: 'image/png', cacheControl: 'max-age=60', metadata }
  await bucket.write('img/150x200/1.png', Buffer.from('tagged'), attributes)

  const config = { ...parts.config, cacheTags: true }
  await auditCommand({ ...parts, config }, { remove: true, counted: false })
  const removed = documents().filter((line) => line.key !== undefined)
  t.match(removed, [
    { key: 'img/150x200/2.png', fault: 'stale', removed: true },
    { key: 'img/150x200/3.png', fault: 'stale', removed: true },
  ])
  t.equal(removed.length, 2)
  t.ok(await bucket.head('img/150x200/1.png'))
})

t.test('leaves a variant that was made anew while it was judged', async (t) => {
  const { bucket, documents, parts } = await setUp(t)
  await plant(bucket, 70, ['150x200'])
  const fresh = await bucket.head('img/150x200/1.png')
  const stale = 'img/150x200/day é/70.png'
  const original = await bucket.head('img/day é/70.png')
  const renewing = {
    ...parts.origin,
    remove: async (key: string, options?: { ifMatch?: string }) => {
      const metadata = { ...fresh?.metadata, 'source-etag': original?.etag ?? '' }
      await bucket.write(stale, Buffer.from('anew'), { contentType: 'image/png', metadata })
      return parts.origin.remove(key, options)
    },
  }
  await auditCommand({ ...parts, origin: renewing }, { remove: true, counted: false })
  t.match(documents().at(-1), { removed: 0 })
  t.equal((await bucket.head(stale))?.bytes, 4)
})

t.test('says in words what it found, and shows a bar on a terminal only', async (t) => {
  const { bucket, parts } = await setUp(t)
  await plant(bucket, 1, ['150x200', '9x9'])
  let out = ''
  let bar = ''
  const screen = { isTTY: true, write: (part: string) => (bar += part) }
  const output = createOutput(false, { write: (part: string) => (out += part) }, screen)
  await auditCommand({ ...parts, output }, { remove: false, counted: true })
  t.match(out, /^outside the allowlist: img\/9x9\/1\.png \(13 bytes\)$/m)
  t.match(out, /^ {2}outside the allowlist: 1 \(13 bytes\)$/m)
  t.match(out, /--delete takes them away/)
  t.match(bar, /100 % 2\/2 variants/)
})

t.test('what was made before a nested prefix was configured has no original', async (t) => {
  const { bucket, documents, parts } = await setUp(t)
  const attributes = { contentType: 'image/png', cacheControl: 'public' }
  const { etag } = await bucket.write('img/blog/x.png', Buffer.from('x'), attributes)
  const metadata = { 'source-etag': etag, pipeline: pipelineVersion }
  for (const key of ['img/150x200/blog/x.png', 'img/blog/150x200/x.png']) {
    await bucket.write(key, Buffer.from('v'), { ...attributes, metadata })
  }
  const config = { ...parts.config, keyPrefixes: ['img/', 'img/blog/'] }
  await auditCommand({ ...parts, config }, { remove: true, counted: false })
  t.match(documents()[0], { key: 'img/150x200/blog/x.png', fault: 'orphaned', removed: true })
  t.match(documents().at(-1), { variants: 2, removed: 1 })
})
