import sharp from 'sharp'
import t from 'tap'
import { setUpCodecs } from '../../service/codecs.ts'
import { picture } from '../helper.ts'
import { serve } from '../service/serve.ts'
import { scales } from './original.ts'
import { hostileOriginals } from './originals.ts'

const types = '.png,.jpg,.jpeg,.gif,.webp,.avif'
setUpCodecs(['png', 'jpeg', 'gif', 'webp', 'avif'])

t.test('every hostile original is answered as documented, and others beside it', async (t) => {
  const service = await serve(t, { env: { ALLOWED_IMAGE_TYPES: types, ALLOWED_DIMENSIONS: '*' } })
  const { memory, get } = service
  memory.upload('img/good.png', await picture(400, 300).png().toBuffer())
  const originals = await hostileOriginals(scales.quick)
  t.ok(originals.length >= 40)
  t.equal(new Set(originals.map(({ name }) => name)).size, originals.length)

  for (const [i, { name, bytes, statuses, payload, size }] of originals.entries()) {
    memory.upload(`img/${name}`, bytes)
    const [answer, good] = await Promise.all([
      get(`img/150x200/${name}`),
      get(`img/${i + 1}x50/good.png`),
    ])
    const { status, body, headers } = answer
    t.ok(statuses.includes(status), `${name}: ${status} of ${statuses} ${body.code ?? ''}`)
    t.equal(good.status, 200, `beside ${name}`)
    if (status !== 200) {
      t.equal(headers['cache-control'], 'no-store', name)
      continue
    }
    const { width, height } = await sharp(body as Buffer).metadata()
    if (size) t.same([width, height], size, `size of ${name}`)
    t.ok(width <= 150 && height <= 200, name)
    if (payload) t.notOk((body as Buffer).includes(payload), `payload of ${name}`)
  }
  await service.stop()
  t.equal(service.logged('landed').filter(({ writeBack }) => writeBack !== 'written').length, 0)
})
