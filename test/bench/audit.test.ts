import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const audit = fileURLToPath(new URL('../../bench/audit.ts', import.meta.url))

t.test('the audit that is measured is of something, however few objects are said', async (t) => {
  const args = ['--import', import.meta.resolve('tsx'), audit, '3']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  t.match(
    stdout,
    /^originals 1, variants 6; planted 1, found 1, wrong 0; .* s; peak (\d{2,} MiB|–)/,
  )
})
