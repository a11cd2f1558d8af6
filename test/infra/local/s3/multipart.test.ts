import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { until } from '../../../until.ts'
import { ask } from '../http.ts'
import { startS3 } from '../s3-server.ts'

const at = { Bucket: 'origin', Key: 'img/large.bin' }
const parts = [Buffer.alloc(5 * 1024 * 1024, 'first'), Buffer.from('second'), Buffer.from('third')]
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()

async function begin(t: Parameters<typeof startS3>[0]) {
  const s3 = await startS3(t)
  const create = new CreateMultipartUploadCommand({
    ...at,
    ContentType: 'image/png',
    CacheControl: 'no-cache',
    Metadata: { a: '1' },
  })
  const { UploadId } = await s3.client.send(create)
  const upload = async (PartNumber: number, Body: Buffer) => {
    const part = new UploadPartCommand({ ...at, UploadId, PartNumber, Body })
    return { PartNumber, ETag: (await s3.client.send(part)).ETag }
  }
  const complete = (
    Parts: { PartNumber: number; ETag: string | undefined }[],
    more: Partial<CompleteMultipartUploadCommandInput> = {},
  ) => {
    const input = { ...at, UploadId, MultipartUpload: { Parts }, ...more }
    return s3.client.send(new CompleteMultipartUploadCommand(input))
  }
  return { ...s3, UploadId, upload, complete }
}

t.test('parts become one object, whole and only when complete', async (t) => {
  const { client, origin, data, upload, complete } = await begin(t)
  const [first, second] = parts as [Buffer, Buffer]
  const two = await upload(2, Buffer.from('to be replaced'))
  t.not((await upload(2, second)).ETag, two.ETag)
  const listed = [
    await upload(1, first),
    { PartNumber: 2, ETag: `"${md5(second).toString('hex')}"` },
  ]
  t.equal(await origin.head(at.Key), undefined)
  const { ETag } = await complete(listed)
  const both = createHash('md5')
    .update(Buffer.concat([md5(first), md5(second)]))
    .digest('hex')
  t.equal(ETag, `"${both}-2"`)
  const got = await client.send(new GetObjectCommand(at))
  const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? [])
  t.ok(bytes.equals(Buffer.concat([first, second])))
  t.match(got, { ETag, ContentType: 'image/png', CacheControl: 'no-cache', Metadata: { a: '1' } })
  t.same(await readdir(join(data, '.objects/origin/uploads')), [])
})

t.test('a completion whose answer is lost may be sent again', async (t) => {
  const { client, faults, origin, upload, complete, UploadId } = await begin(t)
  const listed = [await upload(1, Buffer.from('parts'))]
  faults.add({
    operation: 'CompleteMultipartUpload',
    times: 1,
    action: { kind: 'lose-answer' },
  })
  const first = await complete(listed, { IfNoneMatch: '*' })
  t.match(first, { ETag: /-1"$/, $metadata: { attempts: 2 } })
  await origin.write(at.Key, Buffer.from('written since'), {})
  t.match(await complete(listed), { ETag: first.ETag, Key: at.Key })
  t.equal((await origin.head(at.Key))?.bytes, 13, 'it is not written again')

  t.comment('another completion is not the same one')
  await t.rejects(complete(listed.map((part) => ({ ...part, PartNumber: 2 }))), {
    name: 'NoSuchUpload',
  })
  await t.rejects(complete([{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }]), {
    name: 'NoSuchUpload',
  })
  for (const other of [{ Key: 'other' }, { Bucket: 'original' }]) {
    const input = { ...at, ...other, UploadId, MultipartUpload: { Parts: listed } }
    const sent = client.send(new CompleteMultipartUploadCommand(input))
    await t.rejects(sent, { name: 'NoSuchUpload' })
  }
})

t.test('a completion may be sent again while it is under way', async (t) => {
  const { data, origin, upload, complete } = await begin(t)
  const part = Buffer.alloc(5 * 1024 * 1024)
  const numbers = Array.from({ length: 10 }, (_, i) => i + 1)
  const listed = await Promise.all(numbers.map((number) => upload(number, part)))
  const first = complete(listed)
  const temporary = join(data, '.objects/origin/tmp')
  let [file] = await readdir(temporary)
  while (file === undefined) [file] = await readdir(temporary)
  while ((await stat(join(temporary, file))).size < 5 * part.length) await sleep(1)
  const second = complete(listed)
  const answers = (await Promise.all([first, second])).map(({ ETag, $metadata }) => ({
    ETag,
    attempts: $metadata.attempts,
  }))
  const answer = { ETag: (await origin.head(at.Key))?.etag, attempts: 1 }
  t.same(answers, [answer, answer])
})

t.test('a checksum that comes with the completion is that of the object', async (t) => {
  const { client, origin, upload, complete } = await begin(t)
  const listed = [await upload(1, Buffer.from('123456789'))]
  const wrong = { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' } as const
  await t.rejects(complete(listed, wrong), { name: 'BadDigest' })
  t.equal(await origin.head(at.Key), undefined)
  await complete(listed, { ...wrong, ChecksumCRC32: 'y/Q5Jg==' })
  const got = await client.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))
  t.equal(got.ChecksumCRC32, 'y/Q5Jg==')
  t.equal(await got.Body?.transformToString(), '123456789')
})

t.test('a checksum of checksums of parts is passed over', async (t) => {
  const { upload, complete } = await begin(t)
  const listed = [await upload(1, Buffer.from('123456789'))]
  const composite = { ChecksumCRC32: 'AAAAAA==-1', ChecksumType: 'COMPOSITE' } as const
  t.match(await complete(listed, composite), { ETag: /-1"$/ })
})

t.test('a part may be a range of an object', async (t) => {
  const { client, origin, UploadId, complete } = await begin(t)
  await origin.write('source', Buffer.from('0123456789'), {})
  const copy = new UploadPartCopyCommand({
    ...at,
    UploadId,
    PartNumber: 1,
    CopySource: 'origin/source',
    CopySourceRange: 'bytes=2-4',
  })
  const { CopyPartResult } = await client.send(copy)
  await complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }])
  const got = await client.send(new GetObjectCommand(at))
  t.equal(await got.Body?.transformToString(), '234')
})

t.test('what cannot be completed is refused and stores nothing', async (t) => {
  const { client, origin, UploadId, upload, complete } = await begin(t)
  const [, second, third] = parts as [Buffer, Buffer, Buffer]
  const small = await upload(2, second)
  const last = await upload(3, third)
  await t.rejects(complete([small, last]), { name: 'EntityTooSmall' })
  await t.rejects(complete([last, small]), { name: 'InvalidPartOrder' })
  await t.rejects(complete([{ PartNumber: 9, ETag: last.ETag }]), { name: 'InvalidPart' })
  await t.rejects(complete([{ PartNumber: 3, ETag: small.ETag }]), { name: 'InvalidPart' })
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId }))
  await t.rejects(complete([last]), { name: 'NoSuchUpload' })
  await t.rejects(upload(1, second), { name: 'NoSuchUpload' })
  t.equal(await origin.head(at.Key), undefined)
})

t.test('an upload that is aborted while parts arrive is gone, and the abort says so', async (t) => {
  const { client, base, data } = await startS3(t)
  const statuses = new Set<string>()
  for (let i = 0; i < 40; i++) {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
    const send = async (method: string, more: string, body?: string) => {
      const { status } = await ask(base, `/${at.Bucket}/${at.Key}?uploadId=${UploadId}${more}`, {
        method,
        ...(body && { body, headers: { 'content-length': body.length } }),
      })
      statuses.add(`${method} ${status}`)
    }
    const parts = Array.from({ length: 8 }, (_, n) => send('PUT', `&partNumber=${n + 1}`, 'x'))
    await sleep(i % 8)
    await Promise.all([...parts, send('DELETE', '')])
  }
  for (const status of statuses) t.match(status, /^(PUT (200|404)|DELETE 204)$/)
  t.same(await readdir(join(data, '.objects/origin/uploads')), [])
})

t.test('a part of an upload that was aborted meanwhile has none', async (t) => {
  const { client, base, data } = await startS3(t)
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
  const url = new URL(`/${at.Bucket}/${at.Key}?uploadId=${UploadId}&partNumber=1`, base)
  const part = request(url, { method: 'PUT', headers: { 'content-length': 2 } })
  const status = new Promise((resolve) => {
    part.on('response', (answer) => resolve(answer.resume().statusCode))
  })
  part.write('1')
  const folder = join(data, '.objects/origin/uploads')
  await until(async () => (await readdir(folder, { recursive: true })).length === 3)
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId }))
  part.end('2')
  t.equal(await status, 404)
  t.same(await readdir(folder), [])
})

t.test('of parts of one number at once one is left, and counts', async (t) => {
  const { client, data } = await startS3(t)
  for (let i = 0; i < 10; i++) {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
    const upload = (Body: string) =>
      client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body }))
    await Promise.all(['a', 'b', 'c'].map(upload))
    const names = await readdir(join(data, '.objects/origin/uploads', UploadId as string))
    t.equal(names.filter((name) => name.startsWith('part-')).length, 1)
  }
})
