import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { silenceAt } from '../infra/local/http.ts'
import { killAnyway } from '../kill-anyway.ts'

const keeper = fileURLToPath(new URL('./keep-service.ts', import.meta.url))

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  t.test(`${signal} ends what was started, too`, async (t) => {
    const TMPDIR = t.testdir()
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), keeper], {
      env: { ...process.env, TMPDIR },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout, 'data')
    const [pid, url] = String(line).trim().split(' ')
    t.teardown(() => killAnyway(Number(pid)))
    child.kill(signal)
    t.strictSame(await once(child, 'close'), [code, null])
    await t.resolves(silenceAt(`${url}`), 'the service has ended')
    const left = (await readdir(TMPDIR)).filter((name) => name.startsWith('rightsize-'))
    t.strictSame(left, [], 'the folder of the bucket is gone')
  })
}
