import sharp from 'sharp'
import t from 'tap'
import { setUpCodecs } from '../../service/codecs.ts'
import { picture } from '../helper.ts'

t.test('only the decoders of the allowed formats remain', async (t) => {
  const [png, jpeg, webp, gif, avif] = await Promise.all(
    (['png', 'jpeg', 'webp', 'gif', 'avif'] as const).map((format) =>
      picture(8, 8).toFormat(format).toBuffer(),
    ),
  )
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  t.teardown(() => sharp.unblock({ operation: ['VipsForeignLoad'] }))
  setUpCodecs(['png', 'webp'])
  t.equal((await sharp(png).metadata()).format, 'png')
  t.equal((await sharp(webp).metadata()).format, 'webp')
  for (const other of [jpeg, gif, avif, svg]) {
    await t.rejects(sharp(other).metadata(), /unsupported image format/)
  }
  t.equal(sharp.concurrency(), 1)
  t.strictSame(sharp.cache().memory.max, 0)

  setUpCodecs(['jpeg', 'gif', 'avif'])
  for (const [original, format] of [
    [jpeg, 'jpeg'],
    [gif, 'gif'],
    [avif, 'heif'],
  ] as const) {
    t.equal((await sharp(original).metadata()).format, format)
  }
  await t.rejects(sharp(png).metadata(), /unsupported image format/)
})
