import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lockFolder } from '../../../infra/local/folder-lock.ts'

const other = 'another laptop; stop that one'

async function emptyFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rightsize-lock-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Locks `folder` in another process. */
async function lockElsewhere(t: Test, folder: string) {
  const module = new URL('../../../infra/local/folder-lock.ts', import.meta.url)
  const script = `
    import { lockFolder } from ${JSON.stringify(module.href)}
    await lockFolder(${JSON.stringify(folder)}, 'nobody')
    console.log('held')
    setInterval(() => {}, 1000)`
  const loader = import.meta.resolve('tsx')
  const args = ['--import', loader, '--input-type=module', '--eval', script]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

const needsLinux = { skip: process.platform !== 'linux' && 'only Linux has abstract sockets' }

t.test('a folder is held once, under whatever name, until it is let go', needsLinux, async (t) => {
  const folder = await emptyFolder(t)
  const link = join(await emptyFolder(t), 'link')
  await symlink(folder, link)
  const lock = await lockFolder(folder, other)
  await t.rejects(lockFolder(link, other), {
    message: `The folder ${link} is in use by another laptop; stop that one.`,
  })
  const inner = await lockFolder(join(folder, 'made'), other)
  await lock.release()
  const again = await lockFolder(link, other)
  await Promise.all([inner.release(), again.release()])
})

t.test('a process that is killed holds nothing', needsLinux, async (t) => {
  const folder = await emptyFolder(t)
  const child = await lockElsewhere(t, folder)
  await t.rejects(lockFolder(folder, other), /in use by another laptop/)
  child.kill('SIGKILL')
  await once(child, 'close')
  const lock = await lockFolder(folder, other)
  await lock.release()
})

t.test('a folder that came in the place of another is not held with it', async (t) => {
  const parent = await emptyFolder(t)
  const folder = join(parent, 'data')
  const lock = await lockFolder(folder, other)
  await rm(folder, { recursive: true })
  const next = await lockFolder(folder, other)
  await Promise.all([lock.release(), next.release()])
})

t.test('what cannot be made cannot be held, of which others complain', async (t) => {
  const lock = await lockFolder('/dev/null/data', other)
  await t.resolves(lock.release())
})
