import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { drawing, portrait } from '../../../infra/local/sample-pictures.ts'
import { makeSamples } from '../../../infra/local/samples.ts'

async function emptyData(t: Test): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'rightsize-samples-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  return data
}

t.test('fills an empty folder, then only what is missing', async (t) => {
  const data = await emptyData(t)
  const directory = join(data, 'original')
  const keys = await makeSamples(directory, 'img/')

  t.equal(keys[0], 'img/x.png', 'the documented key comes first')
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  t.equal(files.filter((file) => file.isFile()).length, keys.length, 'nothing but the keys')
  t.strictSame(await readdir(data), ['original'], 'nothing beside the folder')
  for (const key of keys) {
    const name = key.split('.').at(-1)
    const metadata = await sharp(join(directory, key)).metadata()
    t.equal(metadata.format, name === 'jpg' ? 'jpeg' : name, `${key} is what its name says`)
  }

  t.test('a photograph of 12 megapixels and some megabytes', async (t) => {
    const { width, height } = await sharp(join(directory, 'img/photo.jpg')).metadata()
    t.ok(width * height >= 12e6)
    const { size } = await stat(join(directory, 'img/photo.jpg'))
    t.ok(size > 2.5e6 && size < 6e6, `${size} bytes`)
  })

  t.test('a portrait that only its EXIF orientation stands up', async (t) => {
    const { width, height, orientation, autoOrient } = await sharp(
      join(directory, 'img/portrait.jpg'),
    ).metadata()
    t.equal(orientation, 6)
    t.ok(width > height && autoOrient.width < autoOrient.height)
    const upright = sharp(join(directory, 'img/portrait.jpg')).autoOrient()
    const pixel = await upright
      .extract({ left: 600, top: 20, width: 1, height: 1 })
      .raw()
      .toBuffer()
    t.ok((pixel[2] ?? 0) > (pixel[0] ?? 0) + 50, 'the blue sky is above')
  })

  t.test('alpha, the four inks of a printer, and a key that must be escaped', async (t) => {
    const { channels } = await sharp(join(directory, 'img/badge.png')).stats()
    t.strictSame([channels.length, channels[3]?.min], [4, 0])
    t.equal((await sharp(join(directory, 'img/print.jpg')).metadata()).space, 'cmyk')
    t.ok(
      keys.some((key) => key.includes(' ') && /[^ -~]/.test(key) && key === key.normalize('NFC')),
    )
  })

  t.test('leaves alone what is there and brings back what is not', async (t) => {
    await writeFile(join(directory, 'img/badge.png'), 'mine')
    await rm(join(directory, 'img/x.png'))
    t.strictSame(await makeSamples(directory, 'img/'), ['img/x.png'])
    t.equal(await readFile(join(directory, 'img/badge.png'), 'utf8'), 'mine')
    t.strictSame(await makeSamples(directory, 'img/'), [])
  })
})

t.test('draws the same bytes each time', async (t) => {
  t.ok((await drawing()).equals(await drawing()))
  t.ok((await portrait()).equals(await portrait()), 'its grain too')
})

t.test('says what keeps it from writing and leaves nothing behind', async (t) => {
  const data = await emptyData(t)
  await writeFile(join(data, 'img'), 'a file where the folder should be')
  await t.rejects(makeSamples(data, 'img/'), { code: 'ENOTDIR' })
  t.strictSame(await readdir(data), ['img'])
})
