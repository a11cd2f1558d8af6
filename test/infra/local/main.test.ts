import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { killAnyway } from '../../kill-anyway.ts'
import { ask, silenceAt } from './http.ts'

const main = fileURLToPath(new URL('../../../infra/local/main.ts', import.meta.url))
const anyPorts = { CDN_PORT: '0', API_PORT: '0', WEBSITE_PORT: '0', AWS_PORT: '0', PORT: '0' }

/** Starts `npm start`'s program on free ports. */
function run(t: Test, environment: Record<string, string>) {
  const { PATH, HOME, TMPDIR } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
    env: { PATH, HOME, TMPDIR, ...anyPorts, ...environment },
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
      child.emit('text')
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code, text }))
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text)
      if (match) return match
      await Promise.race([once(child, 'text'), ended.then(() => Promise.reject(new Error(text)))])
    }
  }
  return { child, ended, said }
}

async function emptyFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rightsize-main-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Spoils what is kept beside the copy of `key`. */
async function damageSidecar(data: string, key: string): Promise<void> {
  const folder = join(data, '.objects/origin/sidecars')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const file = join(entry.parentPath, entry.name)
    if ((await readFile(file, 'utf8')).includes(`"${key}"`)) await writeFile(file, '{broken')
  }
}

async function followed(cdn: string, path: string) {
  const first = await ask(cdn, path)
  const location = first.headers.location
  if (location === undefined) return first
  return ask(location, location.replace(/^http:\/\/[^/]*/, ''))
}

t.test('it makes samples, serves them, drains on SIGTERM, and keeps what it stored', async (t) => {
  const data = await emptyFolder(t)
  const variant = join(data, 'origin/img/150x200/x.png')

  await t.test('first start', async (t) => {
    const { child, ended, said } = run(t, { DATA_DIR: data })
    const [, cdn = ''] = await said(/(http:\S+)\s+CloudFront: where a viewer starts/)
    await said(/curl .*\/img\/150x200\/x\.png/)
    t.equal((await followed(cdn, '/img/150x200/x.png')).status, 200)
    child.kill('SIGTERM')
    const { code } = await ended
    t.equal(code, 0)
    await t.resolves(access(variant), 'what was answered is written')
  })

  await t.test('second start, with a sidecar that is damaged', async (t) => {
    await damageSidecar(data, 'img/x.png')
    const { child, ended, said } = run(t, { DATA_DIR: data })
    const [, cdn = ''] = await said(/(http:\S+)\s+CloudFront: where a viewer starts/)
    const kept = await ask(cdn, '/img/150x200/x.png')
    t.equal(kept.status, 200)
    t.equal(kept.headers['x-cache'], 'Miss from cloudfront')
    t.ok(kept.body.equals(await readFile(variant)))
    t.equal((await ask(cdn, '/img/x.png')).status, 200)
    child.kill('SIGINT')
    const { code, text } = await ended
    t.equal(code, 0)
    t.match(text, /damaged sidecar/)
  })
})

t.test('it offers what its settings allow', async (t) => {
  const data = await emptyFolder(t)
  const { child, ended, said } = run(t, {
    DATA_DIR: data,
    KEY_PREFIXES: 'photos/,blog/photos/',
    ALLOWED_DIMENSIONS: '300x300,80x80',
  })
  const [, cdn = '', path = ''] = await said(/curl -sSL (http:\/\/[^/]+)(\S+) -o x\.png/)
  t.equal(path, '/photos/300x300/x.png')
  t.equal((await followed(cdn, path)).status, 200)
  child.kill('SIGTERM')
  t.equal((await ended).code, 0)
  t.strictSame(await readdir(join(data, 'original')), ['photos'])
})

t.test("the developer's own settings for AWS do not lead it astray", async (t) => {
  const home = await emptyFolder(t)
  await mkdir(join(home, '.aws'))
  await writeFile(join(home, '.aws/config'), '[default]\nuse_fips_endpoint = true\n')
  const { child, ended, said } = run(t, {
    DATA_DIR: await emptyFolder(t),
    HOME: home,
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
  })
  const [, cdn = ''] = await said(/(http:\S+)\s+CloudFront: where a viewer starts/)
  t.equal((await followed(cdn, '/img/150x200/x.png')).status, 200)
  child.kill('SIGTERM')
  t.equal((await ended).code, 0)
})

t.test('it stops when npm was ended, whose shell tells nobody', async (t) => {
  const { PATH, HOME, TMPDIR } = process.env
  const loader = import.meta.resolve('tsx')
  // What follows keeps the shell from becoming the program.
  const script = `"${process.execPath}" --import "${loader}" "${main}"; true`
  const shell = spawn('sh', ['-c', script], {
    // In a group of its own, which a test that fails can end as a whole.
    detached: true,
    env: {
      PATH,
      HOME,
      TMPDIR,
      ...anyPorts,
      DATA_DIR: await emptyFolder(t),
      npm_lifecycle_event: 'start',
    },
  })
  const ended = once(shell, 'close')
  t.teardown(async () => {
    killAnyway(-(shell.pid as number))
    await ended
  })
  let text = ''
  shell.stdout.on('data', (chunk) => {
    text += chunk
    if (text.includes('Ctrl+C stops it')) shell.kill('SIGTERM')
  })
  // Fulfilled when nobody is left to write.
  await ended
  t.match(text, /Ctrl\+C stops it/)
  t.match(text, /"msg":"stopped"/, 'the service, too')
})

/** Starts it whole; the service's process does not outlive the test, whatever becomes of it. */
async function runWithService(t: Test) {
  const { child, ended, said } = run(t, { DATA_DIR: await emptyFolder(t) })
  const [, pid] = await said(/"pid":(\d+),.*"msg":"ready"/)
  t.teardown(() => killAnyway(Number(pid)))
  const [, cdn = ''] = await said(/(http:\S+)\s+CloudFront: where a viewer starts/)
  const [, service = ''] = await said(/(http:\S+)\/prod\S+\s+the service itself/)
  return { child, pid: Number(pid), ended, cdn, service }
}

t.test('who waits in vain for its end gets one with the second signal', async (t) => {
  const { child, pid } = await runWithService(t)
  process.kill(pid, 'SIGSTOP')
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  await sleep(1_200)
  t.equal(child.exitCode, null, 'the first one waits for the service')
  // It counts from when it heard the first, which may be late on a busy machine.
  const again = setInterval(() => child.kill('SIGINT'), 100)
  t.teardown(() => clearInterval(again))
  t.strictSame(await exited, [130, null])
})

t.test('stopped while it starts, it does not say that it is up', async (t) => {
  const data = await emptyFolder(t)
  // A folder is no picture that could be copied: it waits for one, for seconds.
  await mkdir(join(data, 'original/img/x.png'), { recursive: true })
  const { child, ended, said } = run(t, { DATA_DIR: data })
  await said(/"msg":"ready"/)
  child.kill('SIGINT')
  const { code, text } = await ended
  t.equal(code, 0)
  t.notMatch(text, /rightsize is up/)
})

t.test('the service ends with it, even when it is killed', async (t) => {
  const { child, ended, cdn, service } = await runWithService(t)
  // Leaves lines for the log that are not written yet.
  t.equal((await followed(cdn, '/img/150x200/x.png')).status, 200)
  child.kill('SIGKILL')
  await ended
  await t.resolves(silenceAt(service), 'the service has ended')
})

t.test('it ends with the service, and leaves no half-made pictures behind', async (t) => {
  const data = await emptyFolder(t)
  const { ended, said } = run(t, { DATA_DIR: data })
  const [, pid] = await said(/"pid":(\d+),.*"msg":"ready"/)
  await said(/rightsize is up/)
  process.kill(Number(pid), 'SIGKILL')
  const { code, text } = await ended
  t.equal(code, 1)
  t.match(text, /The service ended with SIGKILL\./)
  t.strictSame((await readdir(data)).sort(), ['.objects', 'origin', 'original'])
})

t.test('it stops in order when nobody reads its log any more', async (t) => {
  const { child, ended, cdn, service } = await runWithService(t)
  child.stdout.destroy()
  // Makes a line for the log.
  await followed(cdn, '/img/150x200/x.png').catch(() => undefined)
  const { code, text } = await ended
  t.equal(code, 0)
  t.notMatch(text, /EPIPE/)
  await t.resolves(silenceAt(service), 'the service has ended')
})

t.test('what is wrong is told at once, with exit code 1', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const folder = await emptyFolder(t)
  const file = join(folder, 'file')
  await writeFile(file, '')
  const cases: [environment: Record<string, string>, told: RegExp][] = [
    [{ API_PORT: 'x', KEY_PREFIXES: 'img' }, /KEY_PREFIXES: .*\n.*API_PORT: /],
    [{ PORT: String(port), DATA_DIR: folder }, new RegExp(`Port ${port} is in use.* set PORT to`)],
    [
      { AWS_PORT: String(port), DATA_DIR: await emptyFolder(t) },
      new RegExp(`Port ${port} is in use.* set AWS_PORT to`),
    ],
    [{ DATA_DIR: file }, /The folder .*file.* cannot be used/],
  ]
  await Promise.all(
    cases.map(async ([environment, told]) => {
      const { code, text } = await run(t, environment).ended
      t.equal(code, 1)
      t.match(text, told)
      t.notMatch(text, /^\s+at /m, 'no stack trace')
    }),
  )
})
