import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import t from 'tap'
import { openBucket } from '../../../infra/local/open-bucket.ts'
import { createS3 } from '../../../infra/local/s3.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))
const megabyte = 1_000_000

t.test('is small as a bundle, and works as one in plain Node', async (t) => {
  const directory = t.testdir({})
  const bundle = join(directory, 'index.cjs')
  await build({
    entryPoints: [join(project, 'infra/sync/handler.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@aws-sdk/*', '@smithy/*'],
  })
  t.ok(statSync(bundle).size < megabyte, `${statSync(bundle).size} bytes`)

  const [original, origin] = await Promise.all([
    openBucket(directory, 'original'),
    openBucket(directory, 'origin'),
  ])
  const server = createServer(createS3({ buckets: [original, origin] }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await Promise.all([original.close(), origin.close()])
  })
  await original.write('img/red flower.png', Buffer.from('new'), { contentType: 'image/png' })
  await origin.write('img/1x1/red flower.png', Buffer.from('old'), { contentType: 'image/png' })

  const s3 = (bucket: string, key: string) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: bucket }, object: { key } },
  })
  const message = (messageId: string, body: string) => ({ eventSource: 'aws:sqs', messageId, body })
  const event = {
    Records: [
      message('1', JSON.stringify({ Records: [s3('original', 'img/red+flower.png')] })),
      message('2', 'no JSON'),
      message('3', JSON.stringify({ Records: [s3('origin', 'img/1x1/red+flower.png')] })),
    ],
  }
  const script = `require(process.argv[1]).handler(${JSON.stringify(event)})
    .then((answer) => console.error(JSON.stringify(answer)))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script, bundle], {
    env: {
      PATH: process.env.PATH,
      NODE_PATH: join(project, 'node_modules'),
      BUCKET: 'origin',
      ORIGINAL_BUCKET: 'original',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  })
  t.match(stderr, '{"batchItemFailures":[{"itemIdentifier":"2"}]}')
  const lines = stdout.trim().split('\n')
  t.ok(lines.some((line) => JSON.parse(line).outcome === 'copied'))
  t.ok(lines.some((line) => JSON.parse(line).messageId === '2'))
  t.equal((await origin.head('img/red flower.png'))?.bytes, 3)
  t.equal(await origin.head('img/1x1/red flower.png'), undefined)
})
