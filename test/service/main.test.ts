import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startService } from '../../bench/trials/service-process.ts'

/** What the image of the service runs: the source as compiled, without a loader. */
async function compiled(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rightsize-main-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(folder, 'dist')]
  await promisify(execFile)(process.execPath, [tsc, ...options])
  return join(folder, 'dist/service/main.cjs')
}

const processors = availableParallelism()
const cases: [title: string, env: Record<string, string>, threads: number][] = [
  ['two threads for each processor, and six', {}, 2 * processors + 2 + 4],
  ['one for each resize, and four', { CONCURRENCY: '60' }, Math.max(60, 2 * processors + 2) + 4],
  ['as many as asked for', { CONCURRENCY: '16', UV_THREADPOOL_SIZE: '50' }, 50],
  [
    'its own number where that is empty',
    { CONCURRENCY: '16', UV_THREADPOOL_SIZE: '' },
    Math.max(16, 2 * processors + 2) + 4,
  ],
]

t.test(
  'the pool of threads',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const entry = await compiled()
    for (const [title, env, threads] of cases) {
      t.test(title, async (t) => {
        const aws = { BUCKET: 'origin', AWS_REGION: 'eu-central-1' }
        // Without the loader that tap has its children import, which starts the pool itself.
        const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, entry] as const
        const service = await startService({ ...aws, ...env }, command)
        t.teardown(service.stop)
        t.equal(service.log.find(({ msg }) => msg === 'ready')?.threads, String(threads))
        // Beside the pool there are those of V8, and Node's main one.
        const tasks = await readdir(`/proc/${service.pid}/task`)
        t.ok(tasks.length > threads, `${tasks.length} in all`)
        t.ok(tasks.length < threads + 20, `${tasks.length} in all`)
      })
    }
  },
)
