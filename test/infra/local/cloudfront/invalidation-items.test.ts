import fc from 'fast-check'
import t from 'tap'
import {
  canonicalPath,
  isValidItem,
  namedBy,
} from '../../../../infra/local/cloudfront/invalidation-items.ts'
import { encodeKey } from '../../../../infra/local/website/routing.ts'
import { invalidationPath } from '../../../../service/invalidation-path.ts'

const response = { path: canonicalPath('/img/1x1/A%20b.png'), tag: 'AbC' }

t.test('paths are compared with case and as they are spelled', async (t) => {
  t.ok(namedBy('/img/1x1/A%20b.png')(response))
  t.notOk(namedBy('/img/1x1/a%20b.png')(response))
  t.notOk(namedBy('/img/1x1/%41%20b.png')(response), 'encoded further than it should be')
  t.notOk(namedBy('/img/1x1/')(response))
})

t.test('an asterisk is a wildcard only at the end', async (t) => {
  t.ok(namedBy('/*')(response))
  t.ok(namedBy('/img/1x1/*')(response))
  t.notOk(namedBy('/img/2x2/*')(response))
  t.notOk(namedBy('/img/*/A%20b.png')(response))
})

t.test('tags are compared without case', async (t) => {
  t.ok(namedBy('#aBc')(response))
  t.notOk(namedBy('#abcd')(response))
  t.notOk(namedBy('#')({ path: '/', tag: undefined }))
})

t.test('what is taken', async (t) => {
  const taken = (item: string) => isValidItem(item, { tags: false })
  t.ok(taken('/img/a.png'))
  t.ok(taken('/*'))
  t.notOk(taken('img/a.png'))
  t.notOk(taken('/img/ä.png'))
  t.notOk(taken('/img/a b.png'))
  t.notOk(taken(`/${'a'.repeat(4000)}`))
  t.notOk(taken('#tag'))
  t.ok(isValidItem('#tag', { tags: true }))
  t.notOk(isValidItem('#', { tags: true }))
  t.notOk(isValidItem(`#${'a'.repeat(257)}`, { tags: true }))
})

t.test('the path that the service invalidates names what a viewer asked for', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
      const path = canonicalPath(`/${encodeKey(key, 'once')}`)
      return namedBy(invalidationPath(key))({ path, tag: undefined })
    }),
  )
})

t.test('a path that is not UTF-8 stays as it is', async (t) => {
  t.equal(canonicalPath('/img/%ff'), '/img/%ff')
})
