import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { SQSEvent } from 'aws-lambda'
import t, { type Test } from 'tap'
import { bundleSync } from '../../../infra/aws/sync-bundle.ts'
import { startS3, temporaryFolder } from '../local/s3-server.ts'

/** A program that calls the handler as Lambda does, and prints what it returns. */
const caller = `
  const { handler } = require('./index.js')
  handler(JSON.parse(process.env.EVENT)).then((result) => {
    console.log('result', JSON.stringify(result))
  })
`

t.test('the bundle runs in plain Node, and is small', async (t) => {
  const folder = await temporaryFolder(t)
  bundleSync(folder)
  t.ok((await stat(join(folder, 'index.js'))).size < 1_000_000)
  const { client, base } = await startS3(t)
  const image = { Bucket: 'original', Key: 'img/a b.png', Body: 'bytes', ContentType: 'image/png' }
  await client.send(new PutObjectCommand(image))

  const output = await callIn(t, folder, {
    EVENT: JSON.stringify(uploadOf('img/a+b.png')),
    AWS_ENDPOINT_URL_S3: base.href,
    BUCKET: 'origin',
    ORIGINAL_BUCKET: 'original',
    INVALIDATION: 'off',
  })

  t.match(output, /result \{"batchItemFailures":\[\]\}/)
  const copy = await client.send(new GetObjectCommand({ Bucket: 'origin', Key: 'img/a b.png' }))
  t.equal(await copy.Body?.transformToString(), 'bytes')
  t.match(copy, { ContentType: 'image/png', CacheControl: 'public, max-age=604800' })
})

/** Runs the caller where there is the bundle and no node_modules. */
async function callIn(t: Test, folder: string, environment: object): Promise<string> {
  await writeFile(join(folder, 'call.js'), caller)
  const child = spawn(process.execPath, ['call.js'], {
    cwd: folder,
    env: {
      ...environment,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill())
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  t.equal(code, 0, errors)
  return output
}

/** The event of an upload below a form-encoded key, as it comes out of the queue. */
function uploadOf(key: string): Pick<SQSEvent, 'Records'> {
  const record = {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    eventTime: '2026-01-02T03:04:05.000Z',
    s3: { bucket: { name: 'original' }, object: { key, sequencer: '1' } },
  }
  return {
    Records: [
      {
        messageId: 'message-1',
        receiptHandle: '',
        body: JSON.stringify({ Records: [record] }),
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '0',
          SenderId: '',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:events',
        awsRegion: 'us-east-1',
      },
    ],
  }
}
