import t from 'tap'
import { exampleImage, samplePrefix } from '../../../infra/local/example.ts'
import { readLaptopSettings } from '../../../infra/local/laptop-settings.ts'

const keyOf = (environment: Record<string, string>) =>
  exampleImage(readLaptopSettings(environment))?.key

t.test(
  'the samples lie where the documentation has them, or where else there are images',
  async (t) => {
    t.equal(samplePrefix(['blog/img/', 'img/']), 'img/')
    t.equal(samplePrefix(['photos/', 'blog/']), 'photos/')
  },
)

t.test('the example is what the documentation asks for, as far as it is allowed', async (t) => {
  t.equal(keyOf({}), 'img/150x200/x.png')
  t.equal(keyOf({ ALLOWED_DIMENSIONS: '*' }), 'img/150x200/x.png')
  t.equal(keyOf({ ALLOWED_DIMENSIONS: '80x80,90x90' }), 'img/80x80/x.png')
  t.equal(keyOf({ KEY_PREFIXES: 'photos/' }), 'photos/150x200/x.png')
  t.equal(
    keyOf({ SERVICE_URL: 'http://127.0.0.1:1', ALLOWED_DIMENSIONS: '80x80' }),
    'img/150x200/x.png',
  )
  t.equal(keyOf({ ALLOWED_IMAGE_TYPES: '.jpg' }), undefined)
  t.equal(keyOf({ ALLOWED_DIMENSIONS: '*', MAX_SIDE: '100' }), undefined)
})
