import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { spawnService, startService } from '../../bench/trials/service-process.ts'

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
  [
    'those of as many processors as it is told',
    { PROCESSORS: '40' },
    2 * Math.max(40, processors) + 6,
  ],
  ['as many as asked for', { CONCURRENCY: '16', UV_THREADPOOL_SIZE: '50' }, 50],
  [
    'its own number where that is blank',
    { CONCURRENCY: '16', UV_THREADPOOL_SIZE: ' ' },
    Math.max(16, 2 * processors + 2) + 4,
  ],
  ['no more than libuv has', { PROCESSORS: '600' }, 1024],
]

const entry = compiled()

const aws = { BUCKET: 'origin', AWS_REGION: 'eu-central-1' }

/** Without the loader that tap has its children import, which starts the pool itself. */
async function command(...options: string[]) {
  return ['env', '-u', 'NODE_OPTIONS', process.execPath, ...options, await entry] as const
}

t.test(
  'the pool of threads',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    for (const [title, env, threads] of cases) {
      t.test(title, async (t) => {
        const service = await startService({ ...aws, ...env }, await command())
        t.teardown(service.stop)
        t.equal(service.log.find(({ msg }) => msg === 'ready')?.threads, threads)
        // Beside the pool there are those of V8, and Node's main one.
        const tasks = await readdir(`/proc/${service.pid}/task`)
        t.ok(tasks.length > threads, `${tasks.length} in all`)
        t.ok(tasks.length < threads + 20, `${tasks.length} in all`)
      })
    }
  },
)

for (const signal of ['SIGTERM', 'SIGINT']) {
  t.test(`${signal} ends it in good order before it is loaded`, async (t) => {
    const preload = join(dirname(await entry), `${signal}.cjs`)
    await writeFile(preload, `setImmediate(() => process.kill(process.pid, '${signal}'))`)
    const { exited, log } = spawnService(aws, await command('--require', preload))
    t.match(await exited, { code: 0, stderr: '' })
    t.strictSame(log, [], 'it never came to listen')
  })
}
