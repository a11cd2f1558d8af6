import { PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { invalidationPath, invalidationPaths } from '../../service/invalidation-path.ts'
import { until } from '../until.ts'
import { picture, s3Of, startFlow } from './flow.ts'

const names = [
  'two words.png',
  'a+b.png',
  'a&b=c.png',
  '100%.png',
  '50%25.png',
  '#1?.png',
  `it's "quoted" \`so\`.png`,
  '[1](2){3}<4>.png',
  ';,:@$!~*^|=.png',
  'Ärger/Zoë.png'.normalize('NFC'),
  'Ärger/Zoë.png'.normalize('NFD'),
  '日本/🌄.png',
]

for (const encoding of ['once', 'twice', 'raw']) {
  t.test(`odd keys go from upload to hit with keys encoded ${encoding} in redirects`, async (t) => {
    const flow = await startFlow(t, { LOCATION_ENCODING: encoding })
    const s3 = s3Of(t, flow.laptop)
    const Body = await picture('png')
    await Promise.all(
      names.map((name) =>
        s3.send(new PutObjectCommand({ Bucket: 'original', Key: `img/${name}`, Body })),
      ),
    )
    const made = new Map<string, Buffer>()
    for (const name of names) {
      await until(() => flow.laptop.buckets.origin.head(`img/${name}`))
      const image = await flow.follow(await flow.view(`img/100x100/${name}`))
      t.equal(image.status, 200, name)
      t.equal(image.headers['content-type'], 'image/png')
      made.set(name, image.body)
    }
    for (const [name, body] of made) {
      const path = invalidationPath(`img/100x100/${name}`)
      await until(() => flow.invalidated().includes(path))
      const second = await flow.view(`img/100x100/${name}`)
      t.equal(second.headers['x-cache'], 'Miss from cloudfront', name)
      t.ok(second.body.equals(body))
      const third = await flow.view(`img/100x100/${name}`)
      t.equal(third.headers['x-cache'], 'Hit from cloudfront', name)
    }
    t.same(
      flow.invalidated().sort(),
      names.flatMap((name) => invalidationPaths(`img/100x100/${name}`)).sort(),
    )
  })
}
