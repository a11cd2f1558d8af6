import { readFile } from 'node:fs/promises'
import t from 'tap'
import { imageEnvironment } from '../../bench/image-environment.ts'

t.test('the bench starts the service with what its image sets', async (t) => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8')
  const stage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const lines = stage.match(/^ENV .+$/gm)?.join('\n') ?? ''
  const pairs = [...lines.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value])
  t.strictSame(Object.fromEntries(pairs), imageEnvironment)
})
