import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { silenceAt } from '../infra/local/http.ts'
import { killAnyway } from '../kill-anyway.ts'

const keeper = fileURLToPath(new URL('./keep-service.ts', import.meta.url))

const nobodyReads = (child: ChildProcess) => {
  child.stdout?.destroy()
  child.kill('SIGUSR2')
}
const ends: [what: string, end: (child: ChildProcess) => void, code: number][] = [
  ['SIGINT', (child) => child.kill('SIGINT'), 130],
  ['SIGTERM', (child) => child.kill('SIGTERM'), 143],
  ['SIGHUP', (child) => child.kill('SIGHUP'), 129],
  ['a reader that is gone', nobodyReads, 141],
]

for (const [what, end, code] of ends) {
  t.test(`${what} ends what was started, too`, async (t) => {
    const TMPDIR = t.testdir()
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), keeper], {
      env: { ...process.env, TMPDIR },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout, 'data')
    const [pid, url] = String(line).trim().split(' ')
    t.teardown(() => killAnyway(Number(pid)))
    end(child)
    t.strictSame(await once(child, 'close'), [code, null])
    await t.resolves(silenceAt(`${url}`), 'the service has ended')
    const left = (await readdir(TMPDIR)).filter((name) => name.startsWith('rightsize-'))
    t.strictSame(left, [], 'the folder of the bucket is gone')
  })
}

t.test("the end of npm's shell ends what was started, too", async (t) => {
  const TMPDIR = t.testdir()
  const program = [process.execPath, '--import', import.meta.resolve('tsx'), keeper]
  const shell = spawn('sh', ['-c', '"$@" & wait', 'sh', ...program], {
    env: { ...process.env, TMPDIR, npm_lifecycle_event: 'soak' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(shell.stdout, 'data')
  const [pid, url] = String(line).trim().split(' ')
  t.teardown(() => killAnyway(Number(pid)))
  shell.kill('SIGKILL')
  await once(shell, 'close')
  await t.resolves(silenceAt(`${url}`), 'the service has ended')
  const left = (await readdir(TMPDIR)).filter((name) => name.startsWith('rightsize-'))
  t.strictSame(left, [], 'the folder of the bucket is gone')
})
