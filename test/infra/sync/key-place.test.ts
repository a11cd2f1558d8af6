import t from 'tap'
import { type KeyPlace, placeOf } from '../../../infra/sync/key-place.ts'

const prefixes = ['img/', 'img/blog/', 'base/img/']

t.test('tells originals, variants and everything else apart', async (t) => {
  const original = (prefix: string, path: string): KeyPlace => ({ kind: 'original', prefix, path })
  const table: [string, KeyPlace][] = [
    ['img/x.png', original('img/', 'x.png')],
    ['img/a/b x.png', original('img/', 'a/b x.png')],
    ['img/150x200', original('img/', '150x200')],
    ['img/a/150x200/x.png', original('img/', 'a/150x200/x.png')],
    ['img/blog/x.png', original('img/blog/', 'x.png')],
    ['img/150x200/x.png', { kind: 'variant', original: 'img/x.png' }],
    ['img/blog/1x1/a/x.png', { kind: 'variant', original: 'img/blog/a/x.png' }],
    ['img/0150X200/x.png', { kind: 'variant', original: 'img/x.png' }],
    ['img/1x1/blog/x.png', { kind: 'variant', original: undefined }],
    ['img/1x1/2x2/x.png', { kind: 'variant', original: undefined }],
    ['img/', { kind: 'other' }],
    ['other/1x1/x.png', { kind: 'other' }],
    ['index.html', { kind: 'other' }],
  ]
  for (const [key, place] of table) t.strictSame(placeOf(key, prefixes), place, key)
})
