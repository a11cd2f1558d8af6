import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

const url = new URL('../../service/log-destination.ts', import.meta.url)
const begin = `
  import { logDestination } from ${JSON.stringify(url)}
  const destination = logDestination()
`

const full = '/dev/full'

t.test('a full disk ends no process', { skip: !existsSync(full) && `no ${full}` }, async (t) => {
  const script = `${begin}
    const failed = new Promise((resolve) => destination.prependOnceListener('error', resolve))
    destination.write('a line\\n')
    destination.flush()
    process.stderr.write((await failed).code)
    destination.destroy()
  `
  const disk = openSync(full, 'w')
  const child = spawnScript(t, script, disk)
  closeSync(disk)
  const exited = once(child, 'exit')
  t.equal(await text(child.stderr as NodeJS.ReadableStream), 'ENOSPC')
  t.strictSame(await exited, [0, null])
})

t.test('what nobody reads does not fill the memory', async (t) => {
  const script = `${begin}
    let dropped = 0
    destination.on('drop', () => dropped++)
    const line = '.'.repeat(2 ** 20 - 1) + '\\n'
    for (let i = 0; i < 18; i++) destination.write(line)
    process.stderr.write(String(dropped))
    destination.destroy()
    process.exit()
  `
  const child = spawnScript(t, script, 'pipe')
  t.equal(await text(child.stderr as NodeJS.ReadableStream), '2')
})

function spawnScript(t: Test, script: string, stdout: number | 'pipe') {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', stdout, 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}
