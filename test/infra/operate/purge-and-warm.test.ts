import t from 'tap'
import { purgeCommand } from '../../../infra/operate/purge-command.ts'
import { warmCommand } from '../../../infra/operate/warm-command.ts'
import { s3OriginBucket } from '../../../infra/sync/s3-buckets.ts'
import { createInvalidations } from '../../../service/invalidations.ts'
import { recordingCdn, testConfig } from '../../helper.ts'
import { serve } from '../local/http.ts'
import { startS3 } from '../local/s3-server.ts'
import { plant } from './planted.ts'
import { recordingOutput } from './recording-output.ts'

t.test('purge tells the variants of one original, and takes them away when told', async (t) => {
  const { client, origin: bucket } = await startS3(t)
  await plant(bucket, 12, ['150x200', '9x9'])
  const origin = s3OriginBucket(client, { bucket: 'origin', originalBucket: 'origin' })
  const { documents, output } = recordingOutput()
  const cdn = recordingCdn()
  const invalidations = createInvalidations(cdn, () => {})
  const parts = { origin, config: testConfig(), output, invalidations }

  await purgeCommand(parts, ['img/1.png'], { remove: false })
  t.match(documents.pop(), { variants: 2, removed: 0 })
  t.ok(await bucket.head('img/150x200/1.png'))

  await purgeCommand(parts, ['img/1.png'], { remove: true })
  t.match(documents.pop(), { variants: 2, removed: 2 })
  t.notOk(await bucket.head('img/150x200/1.png'))
  t.ok(await bucket.head('img/150x200/2.png'), 'those of others stay')
  t.ok(await bucket.head('img/1.png'), 'the original stays')
  await invalidations.flush()
  t.strictSame(cdn.invalidated.flat().sort(), ['/img/150x200/1.png', '/img/9x9/1.png'])

  await t.rejects(
    purgeCommand(parts, ['img/2.png', 'img/9x9/1.png'], { remove: true }),
    /not the key of an original/,
  )
  t.ok(await bucket.head('img/150x200/2.png'), 'all keys are looked at before any is purged')
})

t.test('purge invalidates a plus in the spelling that viewers need for it, too', async (t) => {
  const { client, origin: bucket } = await startS3(t)
  await bucket.write('img/9x9/a+b.png', Buffer.from('variant'), {})
  const cdn = recordingCdn()
  const invalidations = createInvalidations(cdn, () => {})
  const origin = s3OriginBucket(client, { bucket: 'origin', originalBucket: 'origin' })
  const { output } = recordingOutput()
  const parts = { origin, config: testConfig(), output, invalidations }
  await purgeCommand(parts, ['img/a+b.png'], { remove: true })
  await invalidations.flush()
  t.strictSame(cdn.invalidated.flat(), ['/img/9x9/a+b.png', '/img/9x9/a%2Bb.png'])
})

t.test('warm asks for every allowed variant as a viewer does', async (t) => {
  const { documents, output } = recordingOutput()
  const asked: string[] = []
  const refusals = [503, 429]
  const fetch = async (url: string) => {
    asked.push(url)
    const status = refusals.pop()
    if (status) return new Response('', { status, headers: { 'retry-after': '0.01' } })
    return new Response('image', { status: url.includes('gone') ? 404 : 200 })
  }
  const config = testConfig({ ALLOWED_DIMENSIONS: '10x10,20x20' })
  const url = 'http://cdn.test'
  t.ok(await warmCommand({ config, output, fetch }, ['img/a+b c.png'], { url }))
  t.strictSame([...new Set(asked)].sort(), [
    'http://cdn.test/img/10x10/a%2Bb%20c.png',
    'http://cdn.test/img/20x20/a%2Bb%20c.png',
  ])
  t.equal(asked.length, 4, 'what the service or the API refused for now is asked for again')
  t.match(documents.pop(), { variants: 2, failed: 0 })

  t.notOk(await warmCommand({ config, output, fetch }, ['img/gone.png'], { url }))
  t.match(documents.pop(), { variants: 2, failed: 2 })
  await t.rejects(
    warmCommand({ config: testConfig({ ALLOWED_DIMENSIONS: '*' }), output, fetch }, ['img/a.png'], {
      url,
    }),
    /say which/,
  )
})

t.test('warm names the address whose answer breaks off', async (t) => {
  const { output } = recordingOutput()
  const { href } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => response.destroy())
  })
  const config = testConfig({ ALLOWED_DIMENSIONS: '10x10' })
  const url = href.replace(/\/$/, '')
  await t.rejects(warmCommand({ config, output, fetch }, ['img/a.png'], { url }), {
    message: `no answer from ${url}/img/10x10/a.png: other side closed`,
  })
})

t.test('warm tells all addresses that take no connection', async (t) => {
  const { output } = recordingOutput()
  const config = testConfig({ ALLOWED_DIMENSIONS: '10x10' })
  const cause = new AggregateError([new Error('a refused'), new Error('b refused')])
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }))
  const url = 'http://two.test'
  await t.rejects(warmCommand({ config, output, fetch }, ['img/a.png'], { url }), {
    message: `no answer from ${url}/img/10x10/a.png: a refused, b refused`,
  })
})
