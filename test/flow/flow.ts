import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { S3Client } from '@aws-sdk/client-s3'
import sharp from 'sharp'
import type { Test } from 'tap'
import { type Laptop, startLaptop } from '../../infra/local/laptop.ts'
import { readLaptopSettings } from '../../infra/local/laptop-settings.ts'
import { encodeKey } from '../../infra/local/website/routing.ts'
import { type Answer, ask } from '../infra/local/http.ts'

/** The laptop with what a test does to it. */
export interface Flow {
  laptop: Laptop
  /** The folder of the buckets. */
  data: string
  /** What the laptop and the service wrote so far. */
  log(): string
  /** Asks CloudFront for a key, as a browser would spell it. */
  view(key: string): Promise<Answer>
  /** What was invalidated so far, the oldest first. */
  invalidated(): string[]
  /** Follows a redirect. */
  follow(answer: Answer): Promise<Answer>
}

/** Starts the whole flow on free ports and an empty folder, until the test ends. */
export async function startFlow(t: Test, environment: Record<string, string> = {}): Promise<Flow> {
  const data = await mkdtemp(join(tmpdir(), 'rightsize-flow-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  const anyPorts = { CDN_PORT: '0', API_PORT: '0', WEBSITE_PORT: '0', AWS_PORT: '0', PORT: '0' }
  const given = { ...anyPorts, DATA_DIR: data, ...environment }
  const lines: string[] = []
  const output = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  const { PATH, HOME, TMPDIR } = process.env
  const laptop = await startLaptop({
    settings: readLaptopSettings(given),
    environment: { PATH, HOME, TMPDIR, ...given },
    output,
  }).catch((error: Error) => {
    throw new Error(`${error.message} ${lines.join('')}`, { cause: error })
  })
  t.teardown(() => laptop.stop())
  return {
    laptop,
    data,
    log: () => lines.join(''),
    view: (key) => ask(laptop.addresses.cdn, `/${encodeKey(key, 'once')}`),
    invalidated: () => laptop.cloudFront.invalidations.flatMap(({ items }) => items),
    follow: (answer) => {
      const location = answer.headers.location ?? ''
      return ask(location, location.replace(/^https?:\/\/[^/]*/, ''))
    },
  }
}

/** A client of the laptop's S3, with the SDK's own defaults. */
export function s3Of(t: Test, { addresses }: Laptop): S3Client {
  const client = new S3Client({
    endpoint: addresses.aws,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  t.teardown(() => client.destroy())
  return client
}

/** A picture of one colour. */
export function picture(
  format: 'png' | 'jpeg',
  { width = 400, height = 300, colour = '#c04020' } = {},
): Promise<Buffer> {
  const plain = sharp({ create: { width, height, channels: 3, background: colour } })
  return plain.toFormat(format).toBuffer()
}

/** The strongest channel of a picture of one colour: `red`, `green` or `blue`. */
export async function colourOf(bytes: Buffer): Promise<string | undefined> {
  const { channels } = await sharp(bytes).stats()
  const means = channels.map(({ mean }) => mean)
  return ['red', 'green', 'blue'][means.indexOf(Math.max(...means.slice(0, 3)))]
}
