import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import Fastify from 'fastify'
import sharp from 'sharp'
import { createBackground } from '../../service/background.ts'
import { bucket } from '../site.ts'
import { serveTasks } from './serve-tasks.ts'

/** Serve from the store at `s3Port`, or wait until everything that was answered is written back. */
export type PlainTask = { s3Port: number } | { settled: true }

/** Names what it writes, which must not be taken for the service's. */
const folder = 'plain'

const writing = createBackground()

/** Nothing but the flow, with each library as it comes. */
async function serve(s3Port: number): Promise<number> {
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${s3Port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    forcePathStyle: true,
  })

  const read = async (Key: string): Promise<Uint8Array> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    if (!Body) throw new Error(`${Key} has no body`)
    return Body.transformToByteArray()
  }

  const writeBack = async (Key: string, Body: Buffer, ContentType: string) => {
    try {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }))
    } catch (error) {
      console.error(error)
    }
  }

  const server = Fastify()
  server.get<{ Querystring: { key: string } }>('/prod', async (request, reply) => {
    const [, prefix, width, height, name] =
      /^(.*\/)(\d+)x(\d+)\/([^/]+)$/.exec(request.query.key) ?? []
    const image = sharp(await read(`${prefix}${name}`)).resize(Number(width), Number(height), {
      fit: 'inside',
    })
    const isPng = name?.endsWith('.png')
    const body = await (isPng ? image.png() : image.jpeg({ quality: 80 })).toBuffer()
    const type = isPng ? 'image/png' : 'image/jpeg'
    writing.track(writeBack(`${folder}/${width}x${height}/${name}`, body, type))
    return reply.type(type).send(body)
  })
  return Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
}

serveTasks<PlainTask, { port: number } | undefined>(async (task) => {
  if ('s3Port' in task) return { port: await serve(task.s3Port) }
  await writing.idle()
  return undefined
})
