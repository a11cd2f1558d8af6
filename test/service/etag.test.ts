import t from 'tap'
import { etagMatches } from '../../service/etag.ts'

const table: [ifNoneMatch: string, matches: boolean][] = [
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['"x",W/"abc","y"', true],
  ['"x" , "abc"', true],
  ['*', true],
  [' * ', true],
  ['"a,b", "abc"', true],
  ['', false],
  ['"x"', false],
  ['abc', false],
  ['"abc', false],
  ['"ABC"', false],
  ['"xabc"', false],
  ['"*"', false],
  ['"x, abc"', false],
  ['w/"x"', false],
]

for (const [ifNoneMatch, matches] of table) {
  t.test(`If-None-Match: ${ifNoneMatch} ${matches ? 'matches' : 'does not match'}`, async (t) => {
    t.equal(etagMatches(ifNoneMatch, '"abc"'), matches)
  })
}
