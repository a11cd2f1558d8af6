import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const entry = fileURLToPath(new URL('../../service/main.cts', import.meta.url))

/** Throws from a timer in the service's process, once that listens. */
const throwing = `
  const timer = setInterval(() => {
    if (!process.getActiveResourcesInfo().includes('TCPServerWrap')) return
    clearInterval(timer)
    throw new Error('from a timer', { cause: new TypeError('the cause') })
  }, 10)
`

/** Keeps standard output full, to the last byte. It does not block once Node has it. */
const filling = `
  import { writeSync } from 'node:fs'
  void process.stdout
  const fill = (text) => { try { for (;;) writeSync(1, text) } catch {} }
  setInterval(() => { fill('.'.repeat(1024)); fill('.') }, 5)
`

t.jobs = 3

t.test('an uncaught exception is told, and ends the process', async (t) => {
  const { log, ...exit } = await run(t, 'pipe', [throwing], true)
  t.match(exit, { code: 1, stderr: /Error: from a timer[\s\S]*the cause/ })
  t.match(log, '"level":30', 'what was logged is written')
})

t.test('and so it does when nobody reads its log', async (t) => {
  t.match(await run(t, 'pipe', [filling, throwing]), { code: 1, stderr: 'Error: from a timer' })
})

const full = '/dev/full'

t.test('and on a full disk', { skip: !existsSync(full) && `no ${full}` }, async (t) => {
  const disk = openSync(full, 'w')
  const exit = run(t, disk, [throwing])
  closeSync(disk)
  t.match(await exit, { code: 1, stderr: 'Error: from a timer' })
})

/** How the service ends, and what it tells; one that does not end is killed. */
async function run(t: Test, stdout: number | 'pipe', preloads: string[], read = false) {
  const imports = ['tsx', ...preloads.map((code) => `data:text/javascript;base64,${btoa(code)}`)]
  const args = imports.flatMap((module) => ['--import', module])
  const env = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0' }
  const child = spawn(process.execPath, [...args, entry], {
    env: { ...env, BUCKET: 'origin', AWS_REGION: 'eu-central-1' },
    stdio: ['ignore', stdout, 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = new AbortController()
  void sleep(120_000, undefined, { signal: ended.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  const exited = once(child, 'exit')
  const log = read ? text(child.stdout as NodeJS.ReadableStream) : ''
  const stderr = await text(child.stderr as NodeJS.ReadableStream)
  const [code, signal] = await exited
  ended.abort()
  return { code, signal, stderr, log: await log }
}
