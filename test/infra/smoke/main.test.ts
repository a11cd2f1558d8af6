import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fakeFlow } from './fake-flow.ts'

const main = fileURLToPath(new URL('../../../infra/smoke/main.ts', import.meta.url))

t.test('it ends quietly when nobody reads on', async (t) => {
  const base = await fakeFlow(t, { missesBeforeHit: 3 })
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, base])
  child.stdout.once('data', () => child.stdout.destroy())
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  t.equal(err, '')
  t.equal(code, 141)
})
