import sharp from 'sharp'
import t from 'tap'
import { createAdmission } from '../../service/admission.ts'
import { parseImageKey } from '../../service/image-key.ts'
import { makeVariant } from '../../service/make-variant.ts'
import { memoryStore, testConfig } from '../helper.ts'
import { blackPng, chunk } from '../hostile/png.ts'
import { withOddScan } from './odd-scan.ts'

/** The bytes that are reserved for decoding `original` and making a thumbnail of it. */
async function reserved(name: string, original: Buffer): Promise<number> {
  const config = testConfig()
  const admission = createAdmission(config)
  const store = memoryStore()
  store.upload(`img/${name}`, original)
  const asked: number[] = []
  const decode: typeof admission.decode = (bytes, signal) => {
    asked.push(bytes)
    return admission.decode(bytes, signal)
  }
  await makeVariant(
    { config, store, admission: { ...admission, decode }, onStuck: () => () => {} },
    [parseImageKey(`img/150x200/${name}`, ['img/'])],
    new AbortController().signal,
  )
  const [bytes = 0] = asked
  t.equal(asked.length, 1)
  return bytes
}

t.test('the copy of a PNG that is given a profile is reserved', async (t) => {
  const linear = chunk('gAMA', Buffer.from([0, 1, 0x86, 0xa0]))
  const header = { width: 300, height: 200 }
  const told = blackPng(header, linear)
  const extra = (await reserved('x.png', told)) - (await reserved('x.png', blackPng(header)))
  t.ok(extra >= told.length && extra < told.length + 1024, `${extra} of ${told.length}`)
})

t.test('the copy of a JPEG whose scan is mended is reserved', async (t) => {
  const image = sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } })
  const original = await image.jpeg().toBuffer()
  const extra =
    (await reserved('x.jpg', withOddScan(original))) - (await reserved('x.jpg', original))
  t.equal(extra, original.length)
})
