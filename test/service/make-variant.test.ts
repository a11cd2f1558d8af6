import sharp from 'sharp'
import t from 'tap'
import { createAdmission } from '../../service/admission.ts'
import { parseImageKey } from '../../service/image-key.ts'
import { makeVariant } from '../../service/make-variant.ts'
import { memoryStore, testConfig } from '../helper.ts'
import { blackPng, chunk } from '../hostile/png.ts'
import { withOddScan } from './odd-scan.ts'
import { noise } from './serve.ts'

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

t.test(
  'a resize that does not end gives its slot to others, and says when it does after all',
  async (t) => {
    // Asked for the wait first, and then for sharp, which must not give up on a slow machine.
    const deadlines = [20, 60_000]
    const config = {
      ...testConfig(),
      get deadlineMs() {
        return deadlines.shift() as number
      },
    }
    const admission = createAdmission(testConfig())
    const store = memoryStore()
    store.upload('img/x.png', await noise(1500, 1500).png({ compressionLevel: 0 }).toBuffer())
    const told: string[] = []
    const made = await makeVariant(
      {
        config,
        store,
        admission,
        onStuck: ({ key }) => {
          const { decoding, reservedBytes } = admission.load
          told.push(`${key} ${decoding} ${reservedBytes}`)
          return () => told.push('back')
        },
      },
      [parseImageKey('img/1500x1500/x.png', ['img/'])],
      new AbortController().signal,
    )
    t.strictSame(told, ['img/1500x1500/x.png 0 0', 'back'])
    t.ok(made.body.length > 0)
  },
)

t.test('who waits to go on with others holds nothing that decoding took', async (t) => {
  const config = testConfig()
  const admission = createAdmission(config)
  const store = memoryStore()
  store.upload('img/x.png', blackPng({ width: 30, height: 20 }))
  const held: number[] = []
  const batch = async () => {
    held.push(admission.load.decoding, admission.load.reservedBytes)
  }
  await makeVariant(
    { config, store, admission: { ...admission, batch }, onStuck: () => () => {} },
    [parseImageKey('img/150x200/x.png', ['img/'])],
    new AbortController().signal,
  )
  t.strictSame(held, [0, 0])
})

t.test('who reads an original again holds no room while it waits for some', async (t) => {
  const config = testConfig()
  const admission = createAdmission(config)
  const store = memoryStore()
  store.upload('img/x.png', blackPng({ width: 30, height: 20 }))
  const all = config.memoryBudget / 4
  const get: typeof store.get = async (key, options) => {
    // As of a body that broke off once.
    await options?.reserve?.(all)
    await options?.reserve?.(all)
    return store.get(key)
  }
  await makeVariant(
    { config, store: { get }, admission, onStuck: () => () => {} },
    [parseImageKey('img/150x200/x.png', ['img/'])],
    AbortSignal.timeout(2_000),
  )
  t.equal(admission.load.reservedBytes, 0)
})
