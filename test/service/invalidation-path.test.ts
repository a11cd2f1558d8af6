import fc from 'fast-check'
import t from 'tap'
import { invalidationPath, viewerPath } from '../../service/invalidation-path.ts'

const table: [key: string, path: string][] = [
  ['img/150x200/x.png', '/img/150x200/x.png'],
  ['img/150x200/a b.png', '/img/150x200/a%20b.png'],
  ['img/150x200/ü.png', '/img/150x200/%C3%BC.png'],
  ['img/150x200/u\u0308.png', '/img/150x200/u%CC%88.png'],
  ['img/150x200/🦊.png', '/img/150x200/%F0%9F%A6%8A.png'],
  ['img/150x200/100%.png', '/img/150x200/100%25.png'],
  ['img/150x200/%C3%BC.png', '/img/150x200/%25C3%25BC.png'],
  ['img/150x200/a#b.png', '/img/150x200/a%23b.png'],
  ['img/150x200/a?b.png', '/img/150x200/a%3Fb.png'],
  ['img/150x200/a[1].png', '/img/150x200/a%5B1%5D.png'],
  ['img/150x200/a{1}|^`"<>.png', '/img/150x200/a%7B1%7D%7C%5E%60%22%3C%3E.png'],
  ['img/150x200/a+b&c=d.png', '/img/150x200/a+b&c=d.png'],
  ["img/150x200/a(1)!'~@$,;:.png", "/img/150x200/a(1)!'~@$,;:.png"],
  ['img/150x200/a\t\n.png', '/img/150x200/a%09%0A.png'],
  ['img/150x200/a\u007f.png', '/img/150x200/a%7F.png'],
  ['img//a.png', '/img//a.png'],
  ['img/a*', '/img/a*'],
]

for (const [key, path] of table) {
  t.test(`the path of ${JSON.stringify(key)}`, async (t) => {
    t.equal(invalidationPath(key), path)
  })
}

t.test('is what RFC 3986 allows in a path, and says the key when decoded once', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const path = invalidationPath(key)
      return (
        /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/.test(path) &&
        decodeURIComponent(path) === `/${key}`
      )
    }),
    { numRuns: 300 },
  )
})

t.test('a viewer asks for a plus as S3 reads it', async (t) => {
  t.equal(viewerPath('img/150x200/a+b ü.png'), '/img/150x200/a%2Bb%20%C3%BC.png')
})
