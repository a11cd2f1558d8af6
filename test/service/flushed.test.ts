import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

/** Logs a line while a flush is under way, once its input ends, and tells when it is flushed. */
const script = `
  import { once } from 'node:events'
  import pino from 'pino'
  import { flushed } from ${JSON.stringify(new URL('../../service/flushed.ts', import.meta.url))}
  const destination = pino.destination({ sync: false, minLength: 4096 })
  await once(process.stdin.resume(), 'end')
  destination.flush()
  destination.write('the last line\\n')
  await flushed(destination)
  process.stderr.write('flushed')
`

t.test('the last line is written though a flush was under way', async (t) => {
  // What the process's exit would still write is not waited for.
  const child = spawnScript(t, `${script} process.kill(process.pid, 'SIGKILL')`)
  child.stdin.end()
  t.equal(await text(child.stdout), 'the last line\n')
})

t.test('a process ends whose log nobody reads any more', async (t) => {
  const child = spawnScript(t, `${script} destination.destroy(); process.exit(0)`)
  child.stdout.destroy()
  child.stdin.end()
  const exited = once(child, 'exit')
  t.equal(await text(child.stderr), 'flushed')
  t.strictSame(await exited, [0, null])
})

function spawnScript(t: Test, script: string) {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH } })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}
