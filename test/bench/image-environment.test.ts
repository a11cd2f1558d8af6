import { readFile } from 'node:fs/promises'
import t from 'tap'
import { imageEnvironment } from '../../bench/image-environment.ts'

t.test('the bench starts the service with what its image sets', async (t) => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8')
  const stage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const pairs = [...stage.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) => line?.split(' ') ?? [])
  const set = pairs.map((pair) => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1),
  ])
  t.strictSame(Object.fromEntries(set), imageEnvironment)
})
