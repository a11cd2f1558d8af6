import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { silenceAt } from '../infra/local/http.ts'
import { killAnyway } from '../kill-anyway.ts'

const keeper = fileURLToPath(new URL('./keep-service.ts', import.meta.url))
const program = [process.execPath, '--import', import.meta.resolve('tsx'), keeper] as const

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Starts the keeper by `command`, and has `end` end it; nothing must be left of what it started. */
async function startAndEnd(
  t: Test,
  [command, ...args]: readonly [string, ...string[]],
  end: (child: Child) => unknown,
  variables: Record<string, string> = {},
) {
  const TMPDIR = t.testdir()
  const child = spawn(command, args, {
    env: { ...process.env, TMPDIR, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const complaints = text(child.stderr)
  const [line] = await once(child.stdout, 'data')
  const [keeperPid, pid, url] = String(line).split('\n')[0]?.split(' ') ?? []
  t.teardown(() => [keeperPid, pid].forEach((one) => void killAnyway(Number(one))))
  end(child)
  const [code, signal] = await once(child, 'close')
  await t.resolves(silenceAt(`${url}`), 'the service has ended')
  const left = (await readdir(TMPDIR)).filter((name) => name.startsWith('rightsize-'))
  t.strictSame(left, [], 'the folder of the bucket is gone')
  return { code, signal, complaints: await complaints }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  t.test(`${signal} ends what was started, too`, async (t) => {
    const ended = await startAndEnd(t, program, (child) => child.kill(signal))
    t.strictSame(ended, { code, signal: null, complaints: '' })
  })
}

t.test('so does the end of who reads the output, without a word', async (t) => {
  const ended = await startAndEnd(t, program, (child) => child.stdout.destroy())
  t.strictSame(ended, { code: 141, signal: null, complaints: '' })
})

t.test("so does the end of npm's shell", async (t) => {
  const shell = ['sh', '-c', '"$@" & wait', 'sh', ...program] as const
  const npm = { npm_lifecycle_event: 'soak' }
  const ended = await startAndEnd(t, shell, (child) => child.kill('SIGKILL'), npm)
  t.strictSame(ended, { code: null, signal: 'SIGKILL', complaints: '' })
})
