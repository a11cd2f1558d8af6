import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createCloudFrontApi } from '../../../infra/local/cloudfront/api.ts'
import { createInvalidations } from '../../../infra/local/cloudfront/invalidations.ts'
import { serve } from '../local/http.ts'
import { startS3 } from '../local/s3-server.ts'

const main = fileURLToPath(new URL('../../../infra/operate/main.ts', import.meta.url))
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const hastyMain = fileURLToPath(new URL('./hasty-main.ts', import.meta.url))
const orphans = Array.from({ length: 30 }, (_, index) => `img/150x200/${10 + index}.png`)

/** Orphaned variants in the origin bucket, to which no sync Lambda listens, and a distribution. */
async function setUp(t: Test) {
  const { origin, base, faults } = await startS3(t)
  for (const key of orphans) await origin.write(key, Buffer.from(key), {})
  const invalidations = createInvalidations({
    invalidate: () => {},
    inProgressMs: 0,
    tags: false,
    now: Date.now,
  })
  const rate = { callsPerSecond: undefined }
  const options = { distributionId: 'D', invalidations, rate, faults, now: Date.now }
  const cloudFront = await serve(t, createCloudFrontApi(options))
  const { PATH, HOME, TMPDIR } = process.env
  const environment = {
    PATH,
    HOME,
    TMPDIR,
    AWS_ENDPOINT_URL_S3: base.href,
    AWS_ENDPOINT_URL_CLOUDFRONT: cloudFront.href,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    BUCKET: 'origin',
  }
  /** Starts `npm run images -- <args>`. */
  const images = (
    args: readonly string[],
    distribution: string,
    { program = main, INVALIDATION = '' } = {},
  ) => {
    const command = ['--import', import.meta.resolve('tsx'), program, ...args]
    const env = { ...environment, CF_DistributionId: distribution, INVALIDATION }
    const child = spawn(process.execPath, command, { env })
    // Where the test ends before it, it would ask a CloudFront that is gone for ever.
    t.teardown(() => {
      child.kill('SIGKILL')
    })
    return child
  }
  /** Starts it by way of npm. */
  const npm = (args: readonly string[], distribution: string) =>
    spawn('npm', ['run', '--silent', 'images', '--', ...args], {
      cwd: repository,
      env: { ...environment, CF_DistributionId: distribution },
    })
  const audit = (distribution: string, options = {}) =>
    images(['audit', '--delete'], distribution, options)
  /** The paths of the variants that are gone. */
  const gone = async () => {
    const left = new Set((await origin.list({})).objects.map(({ key }) => key))
    return orphans.filter((key) => !left.has(key)).map((key) => `/${key}`)
  }
  const invalidated = () => invalidations.all.flatMap(({ items }) => items).sort()
  /** Calls `act` once, while the third variant is being removed. */
  const onThird = (act: () => void) =>
    faults.add({
      operation: 'DeleteObject',
      key: (key) => {
        if (key === orphans[2]) act()
        return false
      },
      action: { kind: 'reset' },
    })
  return { images, npm, audit, gone, invalidated, onThird, faults }
}

type Child = ChildProcessWithoutNullStreams

async function outcome(child: Child) {
  const [err, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { err, code, signal }
}

t.test('keys are read from standard input, whoever wrote its lines', async (t) => {
  const { images, gone, invalidated } = await setUp(t)
  const child = images(['purge', '-', '--delete'], 'D')
  child.stdin.end('img/10.png\r\nimg/11.png\n\nimg/12.png')
  child.stdout.resume()
  t.match(await outcome(child), { code: 0, err: '' })
  t.strictSame(
    await gone(),
    ['10', '11', '12'].map((name) => `/img/150x200/${name}.png`),
  )
  t.strictSame(invalidated(), await gone())
})

t.test('what is removed but not invalidated is no success', async (t) => {
  const { audit, gone, invalidated } = await setUp(t)
  const child = audit('another')
  child.stdout.resume()
  t.match(await outcome(child), { code: 1, err: /^invalidation failed: .*NoSuchDistribution/ })
  t.equal((await gone()).length, orphans.length)
  t.strictSame(invalidated(), [])
})

t.test('nothing is invalidated where that is off', async (t) => {
  const { audit, gone, invalidated } = await setUp(t)
  const child = audit('D', { INVALIDATION: 'off' })
  child.stdout.resume()
  t.match(await outcome(child), { code: 0, err: '' })
  t.equal((await gone()).length, orphans.length)
  t.strictSame(invalidated(), [])
})

t.test('what is invalidated in the end is, though it was delayed', async (t) => {
  const { audit, gone, invalidated, faults } = await setUp(t)
  const action = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const
  faults.add({ operation: 'CreateInvalidation', times: 8, action })
  const child = audit('D', { program: hastyMain })
  child.stdout.resume()
  t.match(await outcome(child), { code: 0, err: /^invalidation delayed: .*ServiceUnavailable/ })
  t.strictSame(invalidated(), await gone())
})

const ends: Record<string, { end: (child: Child) => void; err: RegExp }> = {
  'it is interrupted': {
    end: (child) => {
      child.stdout.resume()
      child.kill('SIGINT')
    },
    err: /failed: interrupted/,
  },
  'Ctrl+C arrives twice, from the terminal and from npm': {
    end: (child) => {
      child.stdout.resume()
      child.kill('SIGINT')
      setTimeout(() => child.kill('SIGINT'), 20)
    },
    err: /failed: interrupted/,
  },
  'its terminal is closed': {
    end: (child) => {
      child.stdout.resume()
      child.kill('SIGHUP')
    },
    err: /failed: interrupted/,
  },
  'nobody reads on': { end: (child) => child.stdout.destroy(), err: /^failed: write EPIPE\n$/ },
}
for (const [what, { end, err }] of Object.entries(ends)) {
  t.test(`invalidates what is gone when ${what}, and removes no more`, async (t) => {
    const { audit, gone, invalidated, onThird, faults } = await setUp(t)
    // What ends it for a second time finds it waiting.
    faults.add({ operation: 'CreateInvalidation', action: { kind: 'delay', ms: 300 } })
    const child = audit('D')
    onThird(() => end(child))
    t.match(await outcome(child), { code: 1, signal: null, err })
    const paths = await gone()
    t.ok(paths.length >= 3 && paths.length < orphans.length, `${paths.length} gone`)
    t.strictSame(invalidated(), paths)
  })
}

t.test('what only tells ends quietly when nobody reads on', async (t) => {
  const { images } = await setUp(t)
  for (const args of [['audit'], ['purge', 'img/10.png']]) {
    const child = images(args, 'D')
    child.stdout.destroy()
    t.strictSame(await outcome(child), { code: 141, signal: null, err: '' })
  }
})

t.test('a signal that takes the readers away, too, loses nothing', async (t) => {
  const { audit, gone, invalidated, onThird } = await setUp(t)
  const child = audit('D')
  onThird(() => {
    child.stdout.destroy()
    child.stderr.destroy()
    child.kill('SIGTERM')
  })
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.strictSame(invalidated(), await gone())
})

t.test('npm that is told to end ends it, too', async (t) => {
  const { npm, gone, invalidated, onThird, faults } = await setUp(t)
  faults.add({ operation: 'DeleteObject', action: { kind: 'delay', ms: 100 } })
  const child = npm(['audit', '--delete'], 'D')
  onThird(() => child.kill('SIGTERM'))
  child.stdout.resume()
  // Not before the program has closed the pipes, which is behind npm's end.
  t.match(await outcome(child), { err: /failed: interrupted/ })
  const removed = await gone()
  t.ok(removed.length < orphans.length, `${removed.length} gone`)
  t.strictSame(invalidated(), removed)
})

t.test('invalidates what is gone though nobody heard so', async (t) => {
  const { audit, gone, invalidated, faults } = await setUp(t)
  const action = { kind: 'lose-answer' } as const
  faults.add({ operation: 'DeleteObject', key: orphans[2], times: 3, action })
  const child = audit('D')
  child.stdout.resume()
  t.match(await outcome(child), { code: 1, err: /^failed: S3: / })
  t.equal((await gone()).length, 3)
  t.strictSame(invalidated(), await gone())
})

t.test('ends soon when it is interrupted, though it finds nothing', async (t) => {
  const { images, faults } = await setUp(t)
  let heads = 0
  const child = images(['purge', '-', '--delete'], 'D')
  const key = () => {
    heads++
    if (heads === 10) child.kill('SIGINT')
    return true
  }
  faults.add({ operation: 'HeadObject', key, action: { kind: 'delay', ms: 10 } })
  child.stdin.end(Array.from({ length: 500 }, (_, index) => `img/none-${index}.png`).join('\n'))
  child.stdout.resume()
  t.match(await outcome(child), { code: 1, err: /failed: interrupted/ })
  t.ok(heads < 100, `${heads} looked at`)
})
