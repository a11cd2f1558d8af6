import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { type Flow, picture, s3Of, startFlow } from './flow.ts'

const main = fileURLToPath(new URL('../../infra/operate/main.ts', import.meta.url))
const dimensions = '100x100,150x200'

/** Runs `npm run images` against the laptop; `input` is what it reads. */
async function images(flow: Flow, args: string[], { input = '' } = {}) {
  const { PATH, HOME, TMPDIR } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
    env: {
      PATH,
      HOME,
      TMPDIR,
      AWS_ENDPOINT_URL_S3: flow.laptop.addresses.aws,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'laptop',
      AWS_SECRET_ACCESS_KEY: 'laptop',
      BUCKET: 'origin',
      ALLOWED_DIMENSIONS: dimensions,
    },
  })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const lines = out.split('\n').filter(Boolean)
  return { code, err, lines, documents: () => lines.map((line) => JSON.parse(line)) }
}

/** A laptop with two originals, which invalidates only what is taken away. */
async function withOriginals(t: Test): Promise<Flow> {
  const flow = await startFlow(t, { ALLOWED_DIMENSIONS: dimensions, INVALIDATION: 'on-change' })
  const s3 = s3Of(t, flow.laptop)
  for (const Key of ['img/a b.png', 'img/x.png']) {
    await s3.send(new PutObjectCommand({ Bucket: 'original', Key, Body: await picture('png') }))
    await until(() => flow.laptop.buckets.origin.head(Key))
  }
  return flow
}

async function isHit(flow: Flow, key: string): Promise<boolean> {
  return (await flow.view(key)).headers['x-cache'] === 'Hit from cloudfront'
}

t.test('warm, audit and purge on the running laptop', async (t) => {
  const flow = await withOriginals(t)
  const { origin } = flow.laptop.buckets
  const url = flow.laptop.addresses.cdn

  const warmed = await images(flow, ['warm', '-', '--url', url, '--json'], {
    input: 'img/a b.png\nimg/x.png\n',
  })
  t.equal(warmed.code, 0, warmed.err)
  t.match(warmed.documents().at(-1), { variants: 4, failed: 0 })
  for (const key of ['img/100x100/a b.png', 'img/150x200/x.png']) {
    await until(() => origin.head(key))
    await until(() => isHit(flow, key))
  }

  const gone = await images(flow, ['warm', 'img/missing.png', '--url', url])
  t.equal(gone.code, 1)
  t.match(gone.lines, ['404 img/100x100/missing.png', '404', /2 variants, 2 failed/])

  const fallow = 'img/9x9/x.png'
  const { metadata } = await until(() => origin.head('img/150x200/x.png'))
  await origin.write(fallow, Buffer.from('a former size'), { metadata, contentType: 'image/png' })

  const audited = await images(flow, ['audit', '--json'])
  t.equal(audited.code, 0, audited.err)
  t.match(audited.documents(), [
    {
      key: fallow,
      original: 'img/x.png',
      bytes: 13,
      fault: 'outside the allowlist',
      removed: false,
    },
    { variants: 5, removed: 0 },
  ])
  t.ok(await origin.head(fallow), 'a dry run')

  const dry = await images(flow, ['purge', 'img/x.png'])
  t.match(dry.lines.at(-1), /3 variants\. Nothing was removed; --delete takes them away\./)
  t.same(flow.invalidated(), [])
  t.ok(await isHit(flow, 'img/150x200/x.png'))

  const swept = await images(flow, ['audit', '--delete'])
  t.match(swept.lines, ['removed  outside the allowlist: img/9x9/x.png (13 bytes)'])
  t.equal(await origin.head(fallow), undefined)
  await until(() => flow.invalidated().includes(`/${fallow}`))

  const purged = await images(flow, ['purge', 'img/x.png', '--delete', '--json'])
  t.match(purged.documents().at(-1), { variants: 2, removed: 2 })
  const paths = ['/img/100x100/x.png', '/img/150x200/x.png']
  await until(() => paths.every((path) => flow.invalidated().includes(path)))
  t.equal((await flow.view('img/150x200/x.png')).status, 307, 'neither stored nor cached')
  t.ok(await isHit(flow, 'img/100x100/a b.png'), 'those of others stay')
  t.same(new Set(flow.invalidated()), new Set([...paths, `/${fallow}`]))
})

t.test('what is wrong is told in a line, without a stack trace', async (t) => {
  const flow = await startFlow(t)
  const cases: [args: string[], code: number, told: RegExp][] = [
    [[], 2, /there is no command\n\nUsage: npm run images/],
    [['audit', 'img/x.png'], 2, /audit takes no key/],
    [['purge', 'img/150x200/x.png'], 1, /not the key of an original/],
    [['warm', 'img/x.png'], 1, /warm needs --url or CDN_URL/],
    [
      ['warm', 'img/x.png', '--url', 'http://127.0.0.1:1'],
      1,
      /no answer from http:\/\/127\.0\.0\.1:1\/img\/100x100\/x\.png: .+/,
    ],
  ]
  await Promise.all(
    cases.map(async ([args, code, told]) => {
      const outcome = await images(flow, args)
      t.equal(outcome.code, code, args.join(' '))
      t.match(outcome.err, told)
      t.notMatch(outcome.err, /^\s+at /m)
    }),
  )
})
