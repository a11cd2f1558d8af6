import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createSite } from '../../bench/site.ts'

t.test('no file of a site has more links than it may have', async (t) => {
  const folder = t.testdir()
  const picture = join(folder, 'small.jpg')
  await writeFile(picture, 'a picture')
  const site = await createSite(join(folder, 'data'), picture, 3)
  await site.grow(2)
  await site.grow(8)
  const names = (await readdir(site.originals)).sort()
  t.same(
    names,
    Array.from({ length: 8 }, (_, n) => site.template.replace('{n}', String(n))),
  )
  const files = new Set<number>()
  for (const name of names) {
    const file = join(site.originals, name)
    const { ino, nlink } = await stat(file)
    files.add(ino)
    t.ok(nlink <= 3 + 1, `${name} has ${nlink} links`)
    t.equal(await readFile(file, 'utf8'), 'a picture')
  }
  t.equal(files.size, 3)
  t.equal((await stat(picture)).nlink, 1)
  await site.remove()
})
