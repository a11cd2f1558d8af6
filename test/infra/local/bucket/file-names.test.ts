import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createFileNames } from '../../../../infra/local/bucket/file-names.ts'
import { compareUtf8 } from '../../../../infra/local/bucket/utf8-order.ts'
import { oddKeys } from '../odd-keys.ts'
import { temporaryFolder } from '../s3-server.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((key) => key.isWellFormed())
const awkward = fc
  .array(fc.constantFrom('.', '%', '=', '!', '#', '\0', 'a', 'é', '00', '25', 'x'.repeat(200)))
  .map((parts) => parts.join(''))
const keys = fc
  .array(fc.oneof(text, awkward), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'))

t.test('every key has a path that a file system holds, and that leads back to it', async (t) => {
  const folder = join(await temporaryFolder(t), 'names')
  const names = createFileNames(folder)
  const decode = (path: string) =>
    path.split('/').map((name) => createFileNames(folder).segmentOf(name))
  const check = (key: string) => {
    names.remember(key)
    for (const [path, isBeside] of [
      [names.pathOf(key), false],
      [names.besidePathOf(key), true],
    ] as const) {
      const segments = path.split('/')
      for (const segment of segments) {
        const bytes = Buffer.byteLength(segment)
        if (bytes < 1 || bytes > 255 || segment === '.' || segment === '..') return false
        if (segment.includes('\0')) return false
      }
      const decoded = decode(path)
      if (decoded.map((named) => named?.segment).join('/') !== key) return false
      if (decoded.at(-1)?.beside !== isBeside) return false
    }
    return true
  }
  for (const key of oddKeys) t.ok(check(key), JSON.stringify(key.slice(0, 40)))
  fc.assert(fc.property(keys, check), { numRuns: 500 })
  t.equal(names.pathOf('img/a+b &%#?.png'), 'img/a+b &%#?.png', 'plain names are themselves')
})

t.test('names that no key has are no objects', async (t) => {
  const names = createFileNames(join(await temporaryFolder(t), 'names'))
  for (const name of ['.%', '.%tmp', '.%=plain', `.%#${'0'.repeat(64)}`, '.%!.%=plain']) {
    t.equal(names.segmentOf(name), undefined, name)
  }
})

t.test('the order of keys is that of their bytes', async () => {
  const bytes = (key: string) => Buffer.from(key)
  fc.assert(
    fc.property(text, text, (a, b) => {
      return Math.sign(compareUtf8(a, b)) === Buffer.compare(bytes(a), bytes(b))
    }),
  )
})
