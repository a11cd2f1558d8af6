import t from 'tap'
import { requestId } from '../../service/request-id.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

for (const given of ['x', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef', '~!@#', 'a'.repeat(128)]) {
  t.test(`takes ${given.slice(0, 40)}`, async (t) => {
    t.equal(requestId({ headers: { 'x-request-id': given } }), given)
  })
}

for (const given of [undefined, '', ' ', 'a b', 'a\tb', 'a\nb', 'ü', 'a'.repeat(129), ['a', 'b']]) {
  t.test(`makes a new one for ${JSON.stringify(given)?.slice(0, 40)}`, async (t) => {
    t.match(requestId({ headers: { 'x-request-id': given as string } }), uuid)
  })
}

t.test('no two are the same', async (t) => {
  t.not(requestId({ headers: {} }), requestId({ headers: {} }))
})
